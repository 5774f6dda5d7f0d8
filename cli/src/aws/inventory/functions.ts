import { unless } from '../errors.ts'
import type { Search } from './search.ts'
import { isNamed, mapFew, owns, type Thing } from './thing.ts'

/** Functions and the statements of their policies. */
export async function loadFunctions({ aws, owner, tagged }: Search): Promise<Thing[]> {
  const { client, sdk } = await aws.lambda()
  const known = new Set((await tagged()).map(({ arn }) => arn))
  const all: { arn: string; name: string }[] = []
  for await (const page of sdk.paginateListFunctions({ client }, {})) {
    for (const { FunctionArn: arn = '', FunctionName: name = '' } of page.Functions ?? []) {
      if (isNamed(owner, name) || known.has(arn)) all.push({ arn, name })
    }
  }
  const found = await mapFew(all, async ({ arn, name }): Promise<Thing[]> => {
    const reply = await unless(['ResourceNotFoundException'], () => client.send(new sdk.ListTagsCommand({ Resource: arn })))
    if (!owns(owner, reply?.Tags)) return []
    const policy = await unless(['ResourceNotFoundException'], () => client.send(new sdk.GetPolicyCommand({ FunctionName: name })))
    const { Statement: statements = [] } = JSON.parse(policy?.Policy ?? '{}') as { Statement?: { Sid?: string }[] }
    return [
      { type: 'aws_lambda_function', id: name, name, attributes: { function_name: name } },
      ...statements.flatMap(({ Sid: sid }): Thing[] =>
        sid === undefined
          ? []
          : [
              {
                type: 'aws_lambda_permission',
                id: `${name}/${sid}`,
                name: sid,
                attributes: { function_name: name, statement_id: sid },
                part: true,
              },
            ],
      ),
    ]
  })
  return found.flat()
}
