import { expiry } from '../../environment/expiry.ts'
import { CancelledError, type UserError } from '../../errors.ts'
import { findPostgres } from '../../machine/postgres/binaries.ts'
import { type Applied, ApplyFailure, type ApplyHooks, type Root, type Run } from '../target.ts'
import { type Supervisor, startSupervisor } from './client.ts'
import { runMigrations } from './migrate.ts'
import type { Ports } from './ports.ts'
import type { EnvironmentReport, ServiceReport } from './protocol.ts'
import { type LocalSpec, makeSpec, migrationsOf } from './spec.ts'
import { findTemplate, keepTemplate, makeDatabase, migrationsFingerprint } from './template.ts'

export async function applyLocal(ports: Ports, root: Root, run: Run, hooks: ApplyHooks): Promise<Applied> {
  const { output, clock, random, variables } = ports
  const expiresAt = expiry(clock.now(), root.document.ttl)?.toISOString() ?? null
  // the role keeps its password: services that run go on with the one they have
  const before = await readSpec(ports, root.name)
  const password = before?.database?.password ?? random.secret(24)
  const spec = makeSpec(root, { variables, expiresAt, password })
  for (const { folder, name } of spec.services) await requireFolder(ports, folder, name)
  const supervisor = await startSupervisor(ports)
  await hooks.onChanging()
  try {
    if (spec.database !== null) await prepareDatabase(ports, root, spec, supervisor, run)
    const report = await output.step(`starting ${spec.services.map(({ name }) => name).join(', ')}`, () =>
      unlessInterrupted(run.interrupt, () => supervisor.put(spec)),
    )
    return presentReport(ports, report)
  } finally {
    // the supervisor knows all that was made: nothing can be left that nobody knows of
    await hooks.onSettled()
  }
}

/** The supervisor goes on with what it was told; who does not want to wait need not. */
async function unlessInterrupted<Value>(interrupt: AbortSignal, work: () => Promise<Value>): Promise<Value> {
  const cancelled = (): CancelledError => new CancelledError('interrupted while the services were starting; they go on starting')
  if (interrupt.aborted) throw new CancelledError('interrupted before the services were started')
  return new Promise((resolve, reject) => {
    interrupt.addEventListener('abort', () => reject(cancelled()), { once: true })
    work().then(resolve, reject)
  })
}

export async function readSpec({ files, place }: Ports, name: string): Promise<LocalSpec | undefined> {
  const text = await files.readText(place.spec(name))
  return text === undefined ? undefined : (JSON.parse(text) as LocalSpec)
}

async function requireFolder({ files }: Ports, folder: string, service: string): Promise<void> {
  if ((await files.stat(folder))?.folder === true) return
  throw new ApplyFailure(
    `could not start ${service}: there is no folder ${folder}`,
    { phase: 'services', resource: service, message: `there is no folder ${folder}`, lines: [] },
    { hint: `services.${service}.build in devtool.yaml names it` },
  )
}

/** Its database, migrated and seeded: copied from one that was migrated the same way, if there is one. */
async function prepareDatabase(ports: Ports, root: Root, spec: LocalSpec, supervisor: Supervisor, run: Run): Promise<void> {
  const { output } = ports
  const { blueprint } = root
  const { database } = spec
  if (database === null || blueprint.database === null) return
  const version = blueprint.database.version
  const binaries = await findPostgres(ports, version)
  const cluster = await failing('database', 'postgres', () =>
    output.step(`Postgres ${binaries.version}`, () => supervisor.ensureCluster(spec.project, binaries)),
  )
  const { name, role, password } = database
  const wanted = { database: name, role, password }
  const migrations = migrationsOf(root)
  const fingerprint = migrations === null ? null : await migrationsFingerprint(ports.files, migrations)
  const template = fingerprint === null ? undefined : await findTemplate(cluster, spec.project, fingerprint)
  const { created, copied } = await failing('database', name, () =>
    output.step(`database ${name}`, () => makeDatabase(cluster, wanted, template)),
  )
  if (copied) output.info('  a copy of one with the same migrations, which are not run again')
  if (migrations === null || copied) return
  const { port: router } = await supervisor.status()
  await runMigrations(ports, spec, migrations, { router, postgres: cluster.port }, run)
  if (created && fingerprint !== null) await keepTemplate(ports, cluster, spec.project, fingerprint, wanted)
}

async function failing<Value>(phase: string, resource: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const [message = '', ...lines] = error.message.split('\n')
    const { hint } = error as Partial<UserError>
    throw new ApplyFailure(error.message, { phase, resource, message, lines }, { cause: error, ...(hint === undefined ? {} : { hint }) })
  }
}

export function presentServices(report: EnvironmentReport): Applied['services'] {
  return report.services.map(({ name, url, status }) => ({ name, image: null, url, status }))
}

const SHOWN_LINES = 15

/** A service that did not come up, in words. */
export function describeFailure(ports: Ports, report: EnvironmentReport, service: ServiceReport): ApplyFailure['failure'] {
  const message = `${service.name} ${service.reason ?? 'did not become ready'}`
  const log = ports.place.serviceLog(report.name, service.name)
  return { phase: 'services', resource: service.name, message, lines: [...service.lastLines.slice(-SHOWN_LINES), `its log is ${log}`] }
}

function presentReport(ports: Ports, report: EnvironmentReport): Applied {
  const services = presentServices(report)
  const seen = { url: report.url, services }
  const bad = report.services.find(({ status }) => status !== 'ready')
  if (bad === undefined) return { changed: services.map(({ name }) => name), ...seen }
  const failure = describeFailure(ports, report, bad)
  throw new ApplyFailure(
    [`could not start ${report.name}: ${failure.message}`, ...failure.lines.map((line) => `  ${line}`)].join('\n'),
    failure,
    {
      hint: `mend it and run devtool env apply ${report.name}; devtool env logs ${report.name} ${bad.name} shows more`,
      seen,
    },
  )
}
