import * as z from 'zod'
import { UserError } from '../errors.ts'
import type { Aws } from './clients.ts'
import { attempting, unless } from './errors.ts'

/** What the platform's root writes into the parameter for the environments that live on it. */
const platform = z.object({
  version: z.literal(1),
  vpc_id: z.string(),
  public_subnet_ids: z.array(z.string()),
  private_subnet_ids: z.array(z.string()),
  cluster_arn: z.string(),
  cluster_name: z.string(),
  listener_arn: z.string().nullable(),
  load_balancer_dns_name: z.string(),
  load_balancer_security_group_id: z.string(),
  tasks_security_group_id: z.string(),
  execution_role_arn: z.string(),
  task_role_arn: z.string(),
  log_group_name: z.string(),
  domain: z.string().nullable(),
  database: z.object({ host: z.string(), port: z.number(), admin_function_name: z.string(), version: z.string() }).nullable(),
})

export type Platform = z.infer<typeof platform>

export function platformParameterName(project: string): string {
  return `/devtool/${project}/platform`
}

/** The shared ground of a project in this region; `undefined` where it was not bootstrapped. */
export async function readPlatform(aws: Aws, project: string): Promise<Platform | undefined> {
  const name = platformParameterName(project)
  const text = await attempting(`read the platform of ${project}`, async () => {
    const { client, sdk } = await aws.ssm()
    const reply = await unless(['ParameterNotFound'], () => client.send(new sdk.GetParameterCommand({ Name: name })))
    return reply?.Parameter?.Value
  })
  if (text === undefined) return undefined
  const parsed = platform.safeParse(parse(text))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new UserError(
    `could not read the platform of ${project}: parameter ${name} at ${issue?.path.join('.') || 'top'}: ${issue?.message}`,
    {
      hint: 'run `devtool bootstrap` with this version of devtool',
    },
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
