import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import { examineSweep } from './examine-sweep.ts'
import type { Finding } from './finding.ts'
import { openProject, type Project } from './project.ts'

type ExamineContext = Pick<
  Context,
  'files' | 'cwd' | 'version' | 'run' | 'variables' | 'aws' | 'account' | 'git' | 'clock' | 'openStore' | 'registry'
>

const MINIMUM_NODE = '20.12'

/** Looks at everything a first `env create --apply` needs; what depends on something that is missing is not looked at. */
export async function examine(context: ExamineContext): Promise<Finding[]> {
  const findings: Finding[] = [nodeVersion(), await gitVersion(context), await engineVersion(context)]
  const project = await attempt('blueprint', 'write devtool.yaml: docs/configuration.md shows every key', async () => {
    const opened = await openProject(context)
    return { value: opened, detail: `${opened.blueprint.project}: ${Object.keys(opened.blueprint.services).join(', ')}` }
  })
  findings.push(project.finding)
  if (project.value === undefined) return findings
  return [...findings, ...(await examineAccount(context, project.value))]
}

async function examineAccount(context: ExamineContext, project: Project): Promise<Finding[]> {
  const { region, project: name } = project.blueprint
  const identity = await attempt('credentials', 'aws sso login, then export AWS_PROFILE=<profile>', async () => {
    const { callerIdentity } = await import('../aws/account.ts')
    const found = await callerIdentity(await context.aws(project))
    return { value: found, detail: `${found.arn} in account ${found.account}` }
  })
  if (identity.value === undefined) return [identity.finding]
  const account = identity.value.account
  const bucket = await attempt('state bucket', 'devtool bootstrap', async () => {
    const { stateBucketStatus } = await import('../aws/state-bucket.ts')
    const named = (await context.account(project)).bucket
    const status = await stateBucketStatus({ aws: await context.aws(project), bucket: named, account, project: name })
    if (status.state === 'ready') return { value: true, detail: named }
    const wrong = status.wrong.length > 0 ? `: ${status.wrong.join(', ')}` : ''
    throw new UserError(status.state === 'foreign' ? `${named} belongs to another account` : `${named} is ${status.state}${wrong}`)
  })
  const platform = await attempt('platform', 'devtool bootstrap', async () => {
    const { readPlatform } = await import('../aws/platform.ts')
    const found = await readPlatform(await context.aws(project), name)
    if (found === undefined) throw new UserError(`there is none for ${name} in ${region}`)
    return {
      value: true,
      detail: `${found.load_balancer_dns_name}${found.database === null ? '' : `, Postgres ${found.database.version}`}`,
    }
  })
  const domain = project.blueprint.domain
  const zone = domain === null ? [] : [(await examineZone(context, project, domain)).finding]
  const sweep = bucket.value === undefined ? [] : await examineSweep(context, project)
  return [identity.finding, { check: 'region', ok: true, detail: region, fix: null }, bucket.finding, platform.finding, ...zone, ...sweep]
}

function examineZone(context: ExamineContext, project: Project, domain: string): Promise<Attempt<string>> {
  return attempt(
    'domain',
    `aws route53 create-hosted-zone --name ${domain} --caller-reference devtool, then delegate ${domain} to its name servers`,
    async () => {
      const { findZone } = await import('../aws/zones.ts')
      const id = await findZone(await context.aws(project), domain)
      if (id === undefined) throw new UserError(`no public hosted zone in this account holds ${domain}`)
      return { value: id, detail: `${domain} in hosted zone ${id}` }
    },
  )
}

interface Attempt<Value> {
  finding: Finding
  value: Value | undefined
}

async function attempt<Value>(check: string, fix: string, look: () => Promise<{ value: Value; detail: string }>): Promise<Attempt<Value>> {
  try {
    const { value, detail } = await look()
    return { value, finding: { check, ok: true, detail, fix: null } }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { value: undefined, finding: { check, ok: false, detail: error.message, fix: error.hint ?? fix } }
  }
}

function nodeVersion(): Finding {
  const { node } = process.versions
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const [wantMajor = 0, wantMinor = 0] = MINIMUM_NODE.split('.').map(Number)
  const ok = major > wantMajor || (major === wantMajor && minor >= wantMinor)
  return { check: 'node', ok, detail: node, fix: ok ? null : `install Node ${MINIMUM_NODE} or newer: https://nodejs.org` }
}

async function gitVersion(context: ExamineContext): Promise<Finding> {
  const { finding } = await attempt('git', 'install git: https://git-scm.com/downloads', async () => {
    const { stdout } = await context.run('git', ['--version'], { cwd: context.cwd, env: { PATH: context.variables['PATH'] } })
    return { value: true, detail: stdout.trim().replace(/^git version /, '') }
  })
  return finding
}

async function engineVersion(context: ExamineContext): Promise<Finding> {
  const { finding } = await attempt(
    'terraform',
    'install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install',
    async () => {
      const { findEngine } = await import('../terraform/engine.ts')
      const engine = await findEngine(context)
      return { value: engine, detail: `${engine.product} ${engine.version} (${engine.command})` }
    },
  )
  return finding
}
