import type { EnvironmentDocument } from '../environment/document.ts'
import { UserError } from '../errors.ts'

/** The repository's address, without a `//` folder of its own, and the ref. */
const pin = /^(git::(?:https|ssh):\/\/(?:(?!\/\/)[A-Za-z0-9._~@:/+-])+)\?ref=([A-Za-z0-9][A-Za-z0-9._/-]*)$/

/**
 * Where a module of an environment comes from: beside the environment, or, for an environment that pins `modules`, the folder
 * `modules/<module>` of a git repository at one ref. The pin names the repository, `git::https://host/owner/repository.git?ref=v1.4.0`.
 */
export function moduleSource(document: Pick<EnvironmentDocument, 'name' | 'modules'>, module: string, modulesPath: string): string {
  // Terraform takes a path for a local module only when it begins with a dot
  if (document.modules === null) return `${modulesPath.startsWith('.') ? '' : './'}${modulesPath.replace(/\/$/, '')}/${module}`
  const [, repository, ref] = pin.exec(document.modules) ?? []
  if (repository === undefined || ref === undefined) {
    throw new UserError(`could not render ${document.name}: ${JSON.stringify(document.modules)} is not a source of modules`, {
      hint: 'a git source with a ref, such as git::https://github.com/acme/devtool.git?ref=v1.4.0',
    })
  }
  return `${repository}//modules/${module}?ref=${ref}`
}
