import * as z from 'zod/mini'

/** What `--json` prints: the public shape of an environment, the same for every target. `null` where there is none. */

const environmentStatus = z.enum(['claimed', 'applying', 'ready', 'failed', 'destroying', 'destroyed', 'leaked'])

/** What is known of one running service; null as long as nothing was started. */
const serviceStatus = z.enum(['starting', 'ready', 'failed', 'stopped'])

const instant = z.iso.datetime()

const environmentService = z.strictObject({
  name: z.string(),
  image: z.nullable(z.string()),
  url: z.nullable(z.string()),
  status: z.nullable(serviceStatus),
})

export const environment = z.strictObject({
  name: z.string(),
  target: z.enum(['aws', 'local']),
  template: z.enum(['preview', 'dedicated', 'platform']),
  pinned: z.boolean(),
  status: environmentStatus,
  url: z.nullable(z.string()),
  /** Folder of the rendered root, relative to the repository. */
  directory: z.nullable(z.string()),
  project: z.string(),
  pullRequest: z.nullable(z.int().check(z.positive())),
  branch: z.nullable(z.string()),
  commit: z.nullable(z.string()),
  /** ISO 8601 in UTC, as `Date.toISOString` writes it; null until the name is claimed. */
  createdAt: z.nullable(instant),
  updatedAt: z.nullable(instant),
  expiresAt: z.nullable(instant),
  services: z.array(environmentService),
})
export type Environment = z.output<typeof environment>
