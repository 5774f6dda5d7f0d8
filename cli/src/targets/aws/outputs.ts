import * as z from 'zod'
import type { WatchedService } from '../../aws/readiness.ts'
import type { EnvironmentDocument } from '../../environment/document.ts'
import type { Environment } from '../../environment/environment.ts'
import { ToolError } from '../../errors.ts'

/** What the roots of `templates/preview` and `templates/dedicated` say of themselves (their `outputs.tf`). */
const rootOutputs = z.object({
  url: z.string().nullable(),
  services: z.record(
    z.string(),
    z.object({
      url: z.string().nullable(),
      cluster: z.string(),
      service: z.string(),
      target_group_arn: z.string().nullable(),
      log_group: z.string(),
      log_stream_prefix: z.string(),
    }),
  ),
  database: z.object({ function_name: z.string().nullable(), name: z.string(), role: z.string() }).nullable().default(null),
})

export type RootOutputs = z.infer<typeof rootOutputs>

export function parseOutputs(outputs: Record<string, { value?: unknown }>): RootOutputs {
  const values = Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, output.value]))
  const parsed = rootOutputs.safeParse(values)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new ToolError(`could not read the outputs of the environment: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, {
    hint: 'outputs.tf of its folder must declare url, services and database as the template does; take the fresh rendering with --overwrite',
  })
}

export function watchedServices(outputs: RootOutputs): WatchedService[] {
  return Object.entries(outputs.services).map(([name, service]) => ({
    name,
    cluster: service.cluster,
    service: service.service,
    targetGroupArn: service.target_group_arn,
    logGroup: service.log_group,
    logStreamPrefix: service.log_stream_prefix,
  }))
}

/** The services as everyone sees them, with the state that each is known to be in. */
export function presentServices(
  outputs: RootOutputs,
  document: EnvironmentDocument,
  statusOf: (name: string) => Environment['services'][number]['status'],
): Environment['services'] {
  return Object.entries(outputs.services).map(([name, service]) => ({
    name,
    image: document.images[name] ?? null,
    url: service.url,
    status: statusOf(name),
  }))
}
