import type { Aws } from '../clients.ts'
import type { Owner, Tags } from './thing.ts'
import { tagsOf } from './thing.ts'

export interface TaggedArn {
  arn: string
  /** `elasticloadbalancing`. */
  service: string
  /** `targetgroup`; the first word of the ARN's last part, or `''` where there is only a name. */
  kind: string
  /** The rest, `shop-web/0123456789abcdef`. */
  rest: string
  tags: Tags
}

/** What the Resource Groups Tagging API gives for the environment's two tags: also things that are gone, and not every type. */
export async function loadTagged(aws: Aws, owner: Owner): Promise<TaggedArn[]> {
  const { client, sdk } = await aws.tagging()
  const found: TaggedArn[] = []
  const filters = [
    { Key: 'devtool:project', Values: [owner.project] },
    { Key: 'devtool:environment', Values: [owner.environment] },
  ]
  for await (const page of sdk.paginateGetResources({ client }, { TagFilters: filters, ResourcesPerPage: 100 })) {
    for (const { ResourceARN: arn = '', Tags: tags } of page.ResourceTagMappingList ?? []) {
      const [, , service = '', , , ...last] = arn.split(':')
      const resource = last.join(':')
      const [, kind = '', rest = resource] = /^([\w-]+)[:/](.+)$/.exec(resource) ?? []
      found.push({ arn, service, kind, rest, tags: tagsOf(tags) })
    }
  }
  return found
}
