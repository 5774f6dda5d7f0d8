import { unless } from '../errors.ts'
import type { Search } from './search.ts'
import { mapFew, owns, type Thing } from './thing.ts'

/** Log groups; their names hold `<project>-<environment>` somewhere (`/devtool/<it>/flow-logs`, `/aws/lambda/<it>-...`). */
export async function loadLogs({ aws, owner, tagged }: Search): Promise<Thing[]> {
  const { client, sdk } = await aws.logs()
  const all = new Map<string, string>()
  for await (const page of sdk.paginateDescribeLogGroups({ client }, { logGroupNamePattern: `${owner.project}-${owner.environment}` })) {
    for (const { logGroupName: name, arn } of page.logGroups ?? []) {
      // The reply's ARN ends with ":*", which the call for tags does not take.
      if (name !== undefined && arn !== undefined) all.set(arn.replace(/:\*$/, ''), name)
    }
  }
  for (const { arn, service, rest } of await tagged()) if (service === 'logs') all.set(arn.replace(/:\*$/, ''), rest.replace(/:\*$/, ''))
  const found = await mapFew([...all], async ([arn, name]): Promise<Thing[]> => {
    const command = new sdk.ListTagsForResourceCommand({ resourceArn: arn })
    const reply = await unless(['ResourceNotFoundException'], () => client.send(command))
    return owns(owner, reply?.tags) ? [{ type: 'aws_cloudwatch_log_group', id: name, name, attributes: { name } }] : []
  })
  return found.flat()
}
