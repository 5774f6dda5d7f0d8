import { unless } from '../errors.ts'
import type { Search } from './search.ts'
import { isNamed, mapFew, owns, type Thing, tagsOf } from './thing.ts'

/** SNS topics; subscriptions go with them. */
export async function loadTopics({ aws, owner, tagged }: Search): Promise<Thing[]> {
  const { client, sdk } = await aws.sns()
  const known = new Set((await tagged()).map(({ arn }) => arn))
  const arns: string[] = []
  const nameOf = (arn: string): string => arn.split(':').at(-1) ?? ''
  for await (const page of sdk.paginateListTopics({ client }, {})) arns.push(...(page.Topics ?? []).map(({ TopicArn: arn }) => arn ?? ''))
  const candidates = arns.filter((arn) => isNamed(owner, nameOf(arn)) || known.has(arn))
  const found = await mapFew(candidates, async (arn): Promise<Thing[]> => {
    const command = new sdk.ListTagsForResourceCommand({ ResourceArn: arn })
    const reply = await unless(['NotFoundException', 'NotFound', 'ResourceNotFoundException'], () => client.send(command))
    return owns(owner, tagsOf(reply?.Tags))
      ? [{ type: 'aws_sns_topic', id: arn, name: nameOf(arn), attributes: { name: nameOf(arn) } }]
      : []
  })
  return found.flat()
}
