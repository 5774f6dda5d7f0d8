import type { Search } from './search.ts'
import { owns, type Thing, tagsOf } from './thing.ts'

/** Secrets by tag. One that waits for its deletion has been given up; its name cannot be used, and it cannot be adopted. */
export async function loadSecrets({ aws, owner }: Search): Promise<Thing[]> {
  const { client, sdk } = await aws.secrets()
  const found: Thing[] = []
  const filters = [
    { Key: 'tag-key' as const, Values: ['devtool:environment'] },
    { Key: 'tag-value' as const, Values: [owner.environment] },
  ]
  for await (const page of sdk.paginateListSecrets({ client }, { Filters: filters, MaxResults: 100 })) {
    for (const { ARN: arn = '', Name: name = '', Tags: tags, DeletedDate: deleted } of page.SecretList ?? []) {
      if (deleted !== undefined || !owns(owner, tagsOf(tags))) continue
      found.push({ type: 'aws_secretsmanager_secret', id: arn, name, attributes: { name } })
    }
  }
  return found
}
