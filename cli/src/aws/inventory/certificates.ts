import { unless } from '../errors.ts'
import type { Search } from './search.ts'
import { mapFew, owns, type Thing, tagsOf } from './thing.ts'

/** ACM certificates: their names say nothing, so the tags of each are read; an account has few. */
export async function loadCertificates({ aws, owner }: Search): Promise<Thing[]> {
  const { client, sdk } = await aws.acm()
  const all: { arn: string; domain: string }[] = []
  for await (const page of sdk.paginateListCertificates({ client }, {})) {
    for (const { CertificateArn: arn = '', DomainName: domain = '' } of page.CertificateSummaryList ?? []) all.push({ arn, domain })
  }
  const found = await mapFew(all, async ({ arn, domain }): Promise<Thing[]> => {
    const command = new sdk.ListTagsForCertificateCommand({ CertificateArn: arn })
    const reply = await unless(['ResourceNotFoundException'], () => client.send(command))
    return owns(owner, tagsOf(reply?.Tags))
      ? [{ type: 'aws_acm_certificate', id: arn, name: domain, attributes: { domain_name: domain } }]
      : []
  })
  return found.flat()
}
