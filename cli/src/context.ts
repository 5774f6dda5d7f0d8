import path from 'node:path'
import type { Aws } from './aws/clients.ts'
import { UsageError, UserError } from './errors.ts'
import { createGit, type Git } from './git/git.ts'
import type { GitHub } from './github/client.ts'
import { createOutput, type Output } from './output.ts'
import { createFolderStore } from './registry/folder-store.ts'
import { createLeases, type Leases } from './registry/lease.ts'
import { createRegistry, type Registry } from './registry/registry.ts'
import { type Browser, systemBrowser } from './system/browser.ts'
import { type Clock, systemClock } from './system/clock.ts'
import { type Files, systemFiles } from './system/files.ts'
import type { ObjectStore } from './system/object-store.ts'
import { type Processes, systemProcesses } from './system/processes.ts'
import { type Prompt, systemPrompt } from './system/prompt.ts'
import { type Random, systemRandom } from './system/random.ts'
import type { Run } from './system/run.ts'
import { systemTerminal } from './system/terminal.ts'
import { placeOf } from './targets/local/place.ts'
import type { Ports as LocalPorts } from './targets/local/ports.ts'
import type { Expire } from './targets/local/supervisor/ports.ts'
import type { Observer, Target } from './targets/target.ts'
import type { Terraform } from './terraform/driver.ts'

/** The part of a project that decides where its things are. */
export interface Place {
  root: string
  blueprint: { project: string; region: string }
}

export type TargetKind = 'aws' | 'local'

/** The account that the credentials of this shell belong to. */
export interface Account {
  id: string
  /** Holds the registry, the bundles and the Terraform states of a project. */
  bucket: string
}

/**
 * Everything that a command may touch, made once in `main.ts`; the one place where the parts are put together. What needs credentials or is
 * slow to load is a function, so that a command pays for what it uses.
 */
export interface Context {
  readonly version: string
  readonly cwd: string
  /** The process's environment variables. */
  readonly variables: Record<string, string | undefined>
  /** The folder with the tool's own `templates/` and `modules/`. */
  readonly assets: string
  readonly files: Files
  readonly run: Run
  readonly clock: Clock
  readonly random: Random
  readonly processes: Processes
  readonly prompt: Prompt
  readonly browser: Browser
  readonly output: Output
  readonly git: Git
  /** Fires once, at the first Ctrl-C. */
  readonly interrupt: AbortSignal
  aws(place: Place): Promise<Aws>
  account(place: Place): Promise<Account>
  /**
   * Where the registry is: of what runs in the account `DEVTOOL_REGISTRY` (a folder or `s3://bucket/prefix`) or its state bucket, of what
   * runs on this machine a folder of the user's state.
   */
  openStore(place: Place, kind: TargetKind): Promise<ObjectStore>
  registry(store: ObjectStore): Registry
  leases(store: ObjectStore): Leases
  target(place: Place, kind: TargetKind): Promise<Target>
  observer(place: Place, kind: TargetKind): Promise<Observer>
  /** The GitHub repository of the project: `GITHUB_REPOSITORY`, or the remote `origin`. */
  github(place: Place & { blueprint: { previews?: { label: string } } }): Promise<GitHub>
  /** Keeps the local environments of this user running until it is told to stop. */
  supervise(expire: Expire): Promise<void>
}

export interface Surroundings {
  version: string
  assets: string
  cwd: string
  variables: Record<string, string | undefined>
  json: boolean
  interrupt: AbortSignal
}

export function createContext(surroundings: Surroundings): Context {
  const { variables, cwd, interrupt } = surroundings
  const files = systemFiles
  const clock = systemClock
  const random = systemRandom
  const processes = systemProcesses(files)
  // execa takes longer to load than most commands take to run
  const run: Run = async (...args) => (await import('./system/run.ts')).systemRun(...args)
  const terminal = systemTerminal(variables)
  const output = createOutput(terminal, clock, { json: surroundings.json })

  const git = createGit({ files, run, variables })
  const aws = remember(async (place: Place) => (await import('./aws/clients.ts')).createAws({ region: place.blueprint.region, variables }))
  const account = remember(async (place: Place): Promise<Account> => {
    const [{ callerIdentity }, { stateBucketName }] = await Promise.all([import('./aws/account.ts'), import('./aws/state-bucket.ts')])
    const { account: id } = await callerIdentity(await aws(place))
    return { id, bucket: stateBucketName(place.blueprint.project, id, place.blueprint.region) }
  })

  const openAccountStore = remember(async (place: Place): Promise<ObjectStore> => {
    const named = variables['DEVTOOL_REGISTRY'] ?? ''
    if (named !== '' && !named.startsWith('s3://')) return createFolderStore(path.resolve(cwd, named), { files, clock })
    const { s3Store } = await import('./aws/s3-store.ts')
    if (named !== '') {
      const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9.-]{3,63})(?:\/(.*))?$/.exec(named) ?? []
      if (bucket === undefined) throw new UsageError(`could not use DEVTOOL_REGISTRY=${named}: allowed is a folder or s3://bucket/prefix`)
      return s3Store({ aws: await aws(place), bucket, prefix: prefix === '' ? '' : `${prefix.replace(/\/+$/, '')}/`, clock })
    }
    const { credentialsPresent } = await import('./aws/account.ts')
    if (!(await credentialsPresent(variables, files))) {
      throw new UserError('could not reach the registry: there are no AWS credentials', {
        hint: 'sign in (aws sso login, with AWS_PROFILE set) or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; devtool doctor checks them',
      })
    }
    const { id, bucket } = await account(place)
    return s3Store({ aws: await aws(place), bucket, prefix: '', account: id, clock })
  })

  const openStore = async (place: Place, kind: TargetKind): Promise<ObjectStore> =>
    kind === 'aws' ? openAccountStore(place) : createFolderStore(placeOf(variables).registry, { files, clock })

  const localPorts = async (): Promise<LocalPorts> => {
    const { systemSpawn, spawnDetached } = await import('./system/spawn.ts')
    const { version, assets } = surroundings
    const place = placeOf(variables)
    return { place, version, assets, files, run, spawn: systemSpawn, spawnDetached, clock, random, processes, output, variables }
  }

  return {
    ...surroundings,
    files,
    run,
    clock,
    random,
    processes,
    prompt: systemPrompt,
    browser: systemBrowser(variables),
    output,
    git,
    interrupt,
    aws,
    account,
    openStore,
    registry: (store) => createRegistry({ store, clock, random }),
    leases: (store) => createLeases({ store, clock, random }),
    target: async (place, kind) => {
      if (kind === 'local') return (await import('./targets/local/target.ts')).createLocalTarget(await localPorts())
      const [{ createAwsTarget }, { s3Store }, { findEngine }, { createTerraform }] = await Promise.all([
        import('./targets/aws/target.ts'),
        import('./aws/s3-store.ts'),
        import('./terraform/engine.ts'),
        import('./terraform/driver.ts'),
      ])
      // starting the engine to ask for its version takes as long as asking AWS for the account: both at once
      const engine = findEngine({ run, files, variables })
      engine.catch(() => undefined)
      const { id, bucket } = await account(place)
      const client = await aws(place)
      const states = s3Store({ aws: client, bucket, prefix: '', account: id, clock })
      const terraform = async (): Promise<Terraform> => createTerraform({ run, files, clock, engine: await engine, variables, processes })
      const ports = {
        version: surroundings.version,
        repository: place.root,
        files,
        run,
        clock,
        output,
        variables,
        aws: client,
        account: { id, bucket },
        states,
        store: await openAccountStore(place),
      }
      return createAwsTarget({ ...ports, project: place.blueprint.project, terraform })
    },
    observer: async (place, kind) => {
      if (kind === 'local') return (await import('./targets/local/target.ts')).createLocalObserver(await localPorts())
      return (await import('./targets/aws/observer.ts')).createAwsObserver({ aws: await aws(place), clock })
    },
    github: async (place) => {
      const repository = variables['GITHUB_REPOSITORY'] || (await git.repository(place.root))
      if (repository === undefined || repository === '') {
        throw new UsageError('could not tell which repository on GitHub this is', {
          hint: 'set GITHUB_REPOSITORY=owner/name, or add the remote: git remote add origin git@github.com:owner/name.git',
        })
      }
      const { createGitHub } = await import('./github/client.ts')
      const label = place.blueprint.previews?.label ?? null
      return createGitHub({ repository, label, variables, clock, version: surroundings.version, note: output.info })
    },
    supervise: async (expire) => {
      const [{ supervise }, { createLog }] = await Promise.all([
        import('./targets/local/supervisor/supervise.ts'),
        import('./machine/log.ts'),
      ])
      const ports = await localPorts()
      const log = await createLog(files, ports.place.log, clock)
      await supervise({ ...ports, expire, log: log.write }, interrupt).finally(log.close)
    },
  }
}

/** One answer per process: every command works on one project. */
function remember<Value>(make: (place: Place) => Promise<Value>): (place: Place) => Promise<Value> {
  let made: Promise<Value> | undefined
  return (place) => {
    made ??= make(place)
    return made
  }
}
