import * as z from 'zod'
import * as p from '../blueprint/patterns.ts'

/** `environment.json`: everything that rendering needs besides the blueprint, committed with the root. */

const branchAllowed = 'a branch name of at most 250 characters'
const repositoryAllowed = 'owner/name'
const commitAllowed = 'a commit id: 7 to 64 hexadecimal digits'

export const environmentDocument = z.strictObject(
  {
    schema: z.literal(1, 'the schema version 1'),
    name: p.environmentNameLeaf.schema,
    project: p.projectName.schema,
    template: z.enum(['preview', 'dedicated', 'platform'], 'preview, dedicated, platform'),
    target: z.enum(['aws', 'local'], 'aws, local'),
    pinned: z.boolean('true, false'),
    repository: z
      .string(repositoryAllowed)
      .max(140, repositoryAllowed)
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/, repositoryAllowed)
      .nullable(),
    pullRequest: z.int('the number of a pull request').positive('the number of a pull request').nullable(),
    branch: z
      .string(branchAllowed)
      .min(1, branchAllowed)
      .max(250, branchAllowed)
      .regex(/^[^\p{C}\s]+$/u, branchAllowed)
      .nullable(),
    commit: z
      .string(commitAllowed)
      .regex(/^[0-9a-f]{7,64}$/, commitAllowed)
      .nullable(),
    ttl: p.duration.schema.nullable(),
    modules: p.moduleSource.schema.nullable(),
    /** Service name, or `migrations`, to image reference. */
    images: z.record(p.serviceName.schema, p.imageReference.schema, 'a mapping of service names to image references'),
  },
  'an object that describes an environment',
)
export type EnvironmentDocument = z.output<typeof environmentDocument>
