import type { Search } from './search.ts'
import type { Thing } from './thing.ts'

/** SSM parameters by tag. */
export async function loadParameters({ aws, owner }: Search): Promise<Thing[]> {
  const { client, sdk } = await aws.ssm()
  const found: Thing[] = []
  const filters = [
    { Key: 'tag:devtool:project', Option: 'Equals', Values: [owner.project] },
    { Key: 'tag:devtool:environment', Option: 'Equals', Values: [owner.environment] },
  ]
  for await (const page of sdk.paginateDescribeParameters({ client, pageSize: 50 }, { ParameterFilters: filters })) {
    for (const { Name: name = '' } of page.Parameters ?? []) found.push({ type: 'aws_ssm_parameter', id: name, name, attributes: { name } })
  }
  return found
}
