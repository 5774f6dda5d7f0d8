import path from 'node:path'
import type { Aws } from '../../aws/clients.ts'
import { partitionOf } from '../../aws/partition.ts'
import { foreignProvider, policyExists } from '../../aws/workflow-trust.ts'
import { findZone } from '../../aws/zones.ts'
import { workloadBoundaryArn } from '../../environment/workflow-roles.ts'
import { NotFoundError } from '../../errors.ts'
import type { Files } from '../../system/files.ts'
import type { RenderedRoot } from '../target.ts'

/** The variables of a root that only the account knows; written at each run, kept in the bundle, ignored by git. */
export const ACCOUNT_FILE = 'account.auto.tfvars.json'

interface AccountPorts {
  files: Files
  aws: Aws
  account: { id: string }
}

export async function writeAccountFile(ports: AccountPorts, root: RenderedRoot, slot: number): Promise<void> {
  const { files, aws } = ports
  const folder = path.join(root.repository, root.rendering.directory)
  const declared = (await files.readText(path.join(folder, 'variables.tf'))) ?? ''
  const wants = (name: string): boolean => declared.includes(`variable "${name}"`)
  const values: Record<string, unknown> = {}
  if (wants('slot')) values['slot'] = slot
  const domain = root.blueprint.hostname ?? root.blueprint.domain
  if (wants('zone_id')) values['zone_id'] = domain === null ? null : await requireZone(aws, domain)
  if (wants('permissions_boundary')) values['permissions_boundary'] = await findBoundary(ports, root)
  if (wants('github_provider_arn')) values['github_provider_arn'] = await foreignProvider(aws, root.document.project)
  const text = `${JSON.stringify(values, null, 2)}\n`
  const file = path.join(folder, ACCOUNT_FILE)
  if ((await files.readText(file)) !== text) await files.write(file, text)
}

async function requireZone(aws: Aws, domain: string): Promise<string> {
  const zone = await findZone(aws, domain)
  if (zone !== undefined) return zone
  throw new NotFoundError(`could not find a public hosted zone for ${domain} in this account`, {
    hint: `aws route53 create-hosted-zone --name ${domain} --caller-reference devtool, then delegate ${domain} to its name servers`,
  })
}

/** Workflows may only make roles within it. Without roles for workflows there is none, and nobody asks for it. */
async function findBoundary({ aws, account }: AccountPorts, { document }: RenderedRoot): Promise<string | null> {
  const place = { project: document.project, account: account.id, partition: partitionOf(aws.region) }
  const arn = workloadBoundaryArn(place, document.pinned)
  return (await policyExists(aws, arn)) ? arn : null
}
