import type { Aws } from '../../aws/clients.ts'
import type { Output } from '../../output.ts'
import type { Clock } from '../../system/clock.ts'
import type { Files } from '../../system/files.ts'
import type { ObjectStore } from '../../system/object-store.ts'
import type { Run } from '../../system/run.ts'
import type { Terraform } from '../../terraform/driver.ts'

/** What the target works with. */
export interface Ports {
  /** Of DevTool. */
  version: string
  /** The root of the repository that the command runs in. */
  repository: string
  files: Files
  run: Run
  clock: Clock
  output: Output
  variables: Record<string, string | undefined>
  aws: Aws
  account: { id: string; bucket: string }
  project: string
  /** Registry and bundles. */
  store: ObjectStore
  /** The state bucket, where Terraform keeps states and locks. */
  states: ObjectStore
  terraform(): Promise<Terraform>
}

/** Of all bundles of an environment: no name has a dot in it. */
export const bundlePrefix = (name: string): string => `bundles/${name}.`
/** Under its digest; without one, where versions that wrote no digest down kept it. */
export const bundleKey = (name: string, digest?: string): string => `${bundlePrefix(name)}${digest === undefined ? '' : `${digest}.`}tgz`
/** A state that could not be saved where it belongs, until a later run has put it there. */
export const rescueKey = (name: string): string => `rescue/${name}.tfstate`
