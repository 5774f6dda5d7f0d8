import * as z from 'zod'

/** What `--json` prints: the public shape of an environment, the same for every target. `null` where there is none. */

const environmentStatus = z.enum(['claimed', 'applying', 'ready', 'failed', 'destroying', 'destroyed', 'leaked'])

/** What is known of one running service; null as long as nothing was started. */
const serviceStatus = z.enum(['starting', 'ready', 'failed', 'stopped'])

const instant = z.iso.datetime()

const environmentService = z.strictObject({
  name: z.string(),
  image: z.string().nullable(),
  url: z.string().nullable(),
  status: serviceStatus.nullable(),
})

export const environment = z.strictObject({
  name: z.string(),
  target: z.enum(['aws', 'local']),
  template: z.enum(['preview', 'dedicated', 'platform']),
  pinned: z.boolean(),
  status: environmentStatus,
  url: z.string().nullable(),
  /** Folder of the rendered root, relative to the repository. */
  directory: z.string().nullable(),
  project: z.string(),
  pullRequest: z.int().positive().nullable(),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  /** ISO 8601 in UTC, as `Date.toISOString` writes it; null until the name is claimed. */
  createdAt: instant.nullable(),
  updatedAt: instant.nullable(),
  expiresAt: instant.nullable(),
  services: z.array(environmentService),
})
export type Environment = z.output<typeof environment>
