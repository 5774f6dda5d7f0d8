import { unless } from '../errors.ts'
import type { Search } from './search.ts'
import { isNamed, mapFew, owns, type Tags, type Thing, tagsOf } from './thing.ts'

interface Named {
  arn: string
  name: string
}

/** Instances, subnet groups and parameter groups. Snapshots are not looked for: who keeps one means to keep it. */
export async function loadDatabases({ aws, owner, tagged }: Search): Promise<Thing[]> {
  const { client, sdk } = await aws.rds()
  const known = new Set((await tagged()).map(({ arn }) => arn))
  const candidate = ({ arn, name }: Named): boolean => isNamed(owner, name) || known.has(arn)
  const tagsAt = async (arn: string): Promise<Tags> => {
    const gone = ['DBSubnetGroupNotFoundFault', 'DBParameterGroupNotFound', 'DBParameterGroupNotFoundFault']
    return tagsOf((await unless(gone, () => client.send(new sdk.ListTagsForResourceCommand({ ResourceName: arn }))))?.TagList)
  }
  const ours = async (type: string, all: readonly Named[]): Promise<Thing[]> => {
    const found = await mapFew(all.filter(candidate), async ({ arn, name }) =>
      owns(owner, await tagsAt(arn)) ? [{ type, id: name, name, attributes: { name } }] : [],
    )
    return found.flat()
  }

  const instances = async (): Promise<Thing[]> => {
    const found: Thing[] = []
    for await (const page of sdk.paginateDescribeDBInstances({ client }, {})) {
      for (const { DBInstanceIdentifier: name = '', TagList: tags, DBInstanceStatus: status } of page.DBInstances ?? []) {
        if (!owns(owner, tagsOf(tags))) continue
        found.push({
          type: 'aws_db_instance',
          id: name,
          name,
          attributes: { identifier: name },
          ...(status === 'deleting' ? { leaving: true } : {}),
        })
      }
    }
    return found
  }
  const subnetGroups = async (): Promise<Thing[]> => {
    const all: Named[] = []
    for await (const page of sdk.paginateDescribeDBSubnetGroups({ client }, {})) {
      for (const { DBSubnetGroupArn: arn = '', DBSubnetGroupName: name = '' } of page.DBSubnetGroups ?? []) all.push({ arn, name })
    }
    return ours('aws_db_subnet_group', all)
  }
  const parameterGroups = async (): Promise<Thing[]> => {
    const all: Named[] = []
    for await (const page of sdk.paginateDescribeDBParameterGroups({ client }, {})) {
      for (const { DBParameterGroupArn: arn = '', DBParameterGroupName: name = '' } of page.DBParameterGroups ?? []) all.push({ arn, name })
    }
    return ours('aws_db_parameter_group', all)
  }
  return (await Promise.all([instances(), subnetGroups(), parameterGroups()])).flat()
}
