import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { IAMClient } from '@aws-sdk/client-iam'
import { parseBlueprint } from '../../src/blueprint/parse.ts'
import { resolveBlueprint } from '../../src/blueprint/resolve.ts'
import type { EnvironmentDocument } from '../../src/environment/document.ts'
import { platformDocument } from '../../src/operations/platform.ts'
import { render } from '../../src/rendering/render.ts'
import { systemRun } from '../../src/system/run.ts'
import { loadRoles } from '../emulator/agent/iam/load.ts'
import type { RolePolicies } from '../emulator/agent/ports.ts'
import { type Emulator, startEmulator } from '../emulator/emulator.ts'
import { root, toolchain } from '../support/toolchain.ts'

/** What stands where the other modules of the platform would be. */
const PLATFORM: Record<string, string | string[]> = {
  'module.alb.listener_arn':
    'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop-platform/0123456789abcdef/fedcba9876543210',
  'module.alb.security_group_id': 'sg-platform-alb',
  'module.cluster.cluster_arn': 'arn:aws:ecs:us-east-1:123456789012:cluster/shop-platform',
  'module.cluster.log_group_arn': 'arn:aws:logs:us-east-1:123456789012:log-group:/devtool/shop-platform',
  'module.database_admin.function_name': 'shop-platform-database-admin',
  'module.roles.execution_role_arn': 'arn:aws:iam::123456789012:role/shop-platform-execution',
  'module.roles.task_role_arn': 'arn:aws:iam::123456789012:role/shop-platform-task',
  'module.vpc.private_subnet_ids': ['subnet-platform-a', 'subnet-platform-b'],
  'module.vpc.public_subnet_ids': ['subnet-platform-public-a', 'subnet-platform-public-b'],
  'data.aws_caller_identity.current.account_id': '123456789012',
  'data.aws_partition.current.partition': 'aws',
  'local.region': 'us-east-1',
  'var.zone_id': 'Z0PREVIEW',
}

const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com'

export interface Variant {
  /** Names everything of it. */
  project: string
  github: NonNullable<EnvironmentDocument['github']>
  /** Changes the text of this repository's blueprint. */
  change?: (blueprint: string) => string
}

export interface AppliedRoles {
  emulator: Emulator
  roles: RolePolicies[]
  stop(): Promise<void>
}

/**
 * The roles of a platform as IAM holds them: the block of the rendered root that makes them, applied by Terraform to the emulator, with stand-ins
 * for what the platform's other modules give. All variants are in one account, which has one provider.
 */
export async function applyRoles(variants: readonly Variant[]): Promise<AppliedRoles> {
  const folder = await mkdtemp(path.join(tmpdir(), 'devtool-roles-'))
  const emulator = await startEmulator()
  const stop = async (): Promise<void> => {
    await emulator.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await cp(path.join(root, 'modules/github-oidc'), path.join(folder, 'modules/github-oidc'), { recursive: true })
    const directory = path.join(folder, 'envs/roles')
    await mkdir(directory, { recursive: true })
    const blocks = await Promise.all(variants.map((variant, index) => moduleBlock(variant, index)))
    await writeFile(path.join(directory, 'main.tf'), `${REQUIRES}\n${blocks.join('\n')}`)
    await cp(path.join(root, 'templates/terraform.lock.hcl'), path.join(directory, '.terraform.lock.hcl'))
    await terraform(directory, emulator, ['init', '-input=false', '-no-color', '-lockfile=readonly'])
    await terraform(directory, emulator, ['apply', '-auto-approve', '-input=false', '-no-color'])
    const { AWS_ENDPOINT_URL: endpoint = '' } = emulator.environment
    const client = new IAMClient({ region: 'us-east-1', endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
    const roles = await loadRoles(client)
    client.destroy()
    return { emulator, roles: roles.filter(({ arn }) => arn.includes(':role/devtool/')), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const REQUIRES = `terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
`

async function terraform(directory: string, emulator: Emulator, args: string[]): Promise<void> {
  const env = { ...toolchain().environment, ...emulator.environment, PATH: process.env['PATH'], HOME: directory }
  await systemRun(toolchain().environment['DEVTOOL_TERRAFORM'] ?? 'terraform', args, { cwd: directory, env })
}

/** `module "github" { ... }` of the rendered platform, with values where it refers to the rest of it. */
async function moduleBlock({ project, github, change = (text) => text }: Variant, index: number): Promise<string> {
  const text = change(await readFile(path.join(root, 'devtool.yaml'), 'utf8')).replace(/^project: .*$/m, `project: ${project}`)
  const blueprint = parseBlueprint(text, 'devtool.yaml')
  const document = platformDocument({ root, blueprint }, { repository: 'acme/shop', github })
  const files = render(resolveBlueprint(blueprint, null), document, { modulesPath: '../../modules' })
  const main = files.find((file) => file.path === 'main.tf')?.content ?? ''
  const block = /^module "github" \{\n.*?^\}\n/ms.exec(main)?.[0]
  if (block === undefined) throw new Error('the rendered platform has no module "github"')
  const provider = index === 0 ? 'null' : JSON.stringify(PROVIDER)
  return block
    .replace('module "github"', `module "github_${index}"`)
    .replace('var.github_provider_arn', provider)
    .replaceAll(/\$\{((?:data|local)\.[a-z_.]+)\}/g, (_, reference: string) => String(standIn(reference)))
    .replaceAll(/= ((?:module|data|local|var)\.[a-z_.]+)$/gm, (_, reference: string) => `= ${JSON.stringify(standIn(reference))}`)
}

function standIn(reference: string): string | string[] {
  const value = PLATFORM[reference]
  if (value === undefined) throw new Error(`the roles refer to ${reference}, which has no stand-in`)
  return value
}
