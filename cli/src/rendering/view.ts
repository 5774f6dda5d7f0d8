import type { ResolvedBlueprint } from '../blueprint/blueprint.ts'
import { urlVariable } from '../blueprint/forms.ts'
import { routedServices } from '../blueprint/resolve.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { awsName, databaseName, prioritiesPerSlot, stateKey } from '../environment/names.ts'
import { UserError } from '../errors.ts'
import { type GithubView, githubOf } from './github-view.ts'
import { hclFragment } from './hcl.ts'
import { hostOf } from './host.ts'
import { moduleSource } from './module-source.ts'

/** The image of a service comes from this project's registry, or is a reference of its own. */
interface ImageView {
  /** Key in `var.images`. */
  key: string
  built: boolean
}

export interface ServiceView {
  name: string
  /** The service's part of a Terraform address: `service_<label>`. */
  label: string
  /** Name of the ECS service and of the task definition's family. */
  awsName: string
  image: ImageView
  port: number | null
  route: RouteView | null
  database: boolean
  migrations: boolean
  /** Its own variables; null for none. */
  environment: Record<string, string> | null
  /** It receives more than what every service does. */
  merged: boolean
  cpu: number
  memory: number
  tasks: { min: number; max: number }
}

interface RouteView {
  path: string
  /** What is appended to the public URL, escaped for the inside of an HCL string: empty for the route `/`. */
  suffix: string
  /** `API_URL`: the variable by which the other services find this one. */
  variable: string
  /** Position in the block of listener-rule priorities of the environment's slot. */
  index: number
  targetGroupName: string
  healthCheckPath: string
}

interface DatabaseView {
  name: string
  secretName: string
  version: string
  size: string
  storage: number
  multiAz: boolean
}

/** What the templates see: data only, every name ready. */
export interface View {
  name: string
  project: string
  region: string
  pinned: boolean
  /** `<project>-<name>`: what the names of all resources begin with. */
  prefix: string
  stateKey: string
  prioritiesPerSlot: number
  tags: Record<string, string>
  /** Module name to `source`. */
  source: Record<string, string>
  commit: string
  /** Previews share it, each as `<name>.<domain>`. */
  domain: string | null
  /** The host name at which this environment answers; null: that of its load balancer. */
  host: string | null
  loadBalancerName: string
  services: ServiceView[]
  /** Keys that `images` must have. */
  imageKeys: string[]
  imageHint: string
  database: DatabaseView | null
  migrations: { awsName: string; image: ImageView; environment: Record<string, string> | null } | null
  /** `<project>/<name>`, for the platform `<project>`: which secrets are its own. Escaped for the inside of an HCL string. */
  secretPath: string
  alerts: string | null
  /** Null: what the modules take by themselves. */
  cpuArchitecture: 'ARM64' | null
  /** IAM path of the roles that a preview brings itself: by it the policies of workflows know them. */
  rolePath: string
  platform: PlatformView
  github: GithubView | null
}

interface PlatformView {
  parameterName: string
  /** `null` when nothing is built here. */
  repositories: string[] | null
  adminName: string
}

const moduleNames = [
  'vpc',
  'alb',
  'ecs-cluster',
  'ecs-service',
  'roles',
  'rds',
  'database',
  'database-admin',
  'migrations',
  'ecr',
  'alerts',
  'github-oidc',
]

function tagsOf({ project, name, template, pinned }: EnvironmentDocument): Record<string, string> {
  return {
    'devtool:project': project,
    'devtool:environment': name,
    'devtool:template': template,
    'devtool:managed-by': 'devtool',
    ...(pinned || template === 'platform' ? {} : { 'devtool:ephemeral': 'true' }),
  }
}

/** Service names have no underscore, so no two of them meet. The label stands outside a string: anything else must not come through. */
function labelOf(service: string): string {
  if (!/^[a-z][a-z0-9-]*$/.test(service)) throw new UserError(`could not render: ${JSON.stringify(service)} is not the name of a service`)
  return service.replaceAll('-', '_')
}

function servicesOf(blueprint: ResolvedBlueprint, document: EnvironmentDocument): ServiceView[] {
  const { project, name: environment } = document
  const routed = routedServices(blueprint.services).map(([name]) => name)
  return Object.entries(blueprint.services).map(([name, service]) => {
    const index = routed.indexOf(name)
    const variables = { ...(service.port === null ? {} : { PORT: String(service.port) }), ...service.environment }
    const ownVariables = Object.keys(variables).length === 0 ? null : variables
    const database = service.database && blueprint.database !== null
    return {
      name,
      label: labelOf(name),
      awsName: awsName(240, project, environment, name),
      image: { key: name, built: service.build !== null },
      port: service.port,
      route:
        index === -1 || service.route === null
          ? null
          : {
              path: service.route,
              suffix: service.route === '/' ? '' : hclFragment(service.route),
              variable: urlVariable(name),
              index,
              targetGroupName: awsName(32, project, environment, name),
              healthCheckPath: service.health,
            },
      database,
      migrations: database && blueprint.database?.migrations !== null,
      environment: ownVariables,
      merged: database || ownVariables !== null,
      cpu: service.size.cpu,
      memory: service.size.memory,
      tasks: { min: service.count.min, max: document.pinned ? Math.max(service.count.min, service.count.max) : service.count.min },
    }
  })
}

/** Relative to the folder that becomes the image of the migrations. Only what comes and goes is filled: not a staging that the blueprint names. */
function seedOf({ database, environments }: ResolvedBlueprint, { name, pinned }: EnvironmentDocument): string | null {
  const seed = database?.seed ?? null
  const build = database?.migrations?.build ?? null
  if (seed === null || build === null || pinned || Object.hasOwn(environments, name)) return null
  return segmentsOf(seed).slice(segmentsOf(build).length).join('/')
}

/** The blueprint holds the seed to be inside the folder; either may be written with `./` or a slash at the end. */
function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.')
}

function migrationsOf(blueprint: ResolvedBlueprint, document: EnvironmentDocument): View['migrations'] {
  const migrations = blueprint.database?.migrations ?? null
  if (migrations === null) return null
  const seed = seedOf(blueprint, document)
  return {
    awsName: awsName(240, document.project, document.name, 'migrations'),
    image: { key: 'migrations', built: migrations.build !== null },
    environment: seed === null ? null : { DEVTOOL_SEED: seed },
  }
}

function databaseOf({ database }: ResolvedBlueprint, document: EnvironmentDocument): DatabaseView | null {
  if (database === null) return null
  const { project, name, template, pinned } = document
  const { version, size, storage } = database
  // a pinned environment survives the loss of a zone; the instance of all previews does when the blueprint says so
  const multiAz = database.multiAz || (pinned && template === 'dedicated')
  return { name: databaseName(project, name), secretName: `${project}/${name}/database`, version, size, storage, multiAz }
}

/** A load balancer's name must not begin with `internal-` (Elastic Load Balancing API, CreateLoadBalancer). */
function loadBalancerNameOf(project: string, name: string): string {
  return `${project}-`.startsWith('internal-') ? awsName(32, 'alb', project, name) : awsName(32, project, name)
}

function repositoriesOf({ project, services, database }: ResolvedBlueprint): string[] | null {
  const built = Object.entries(services).filter(([, service]) => service.build !== null)
  const names = [...built.map(([name]) => name), ...((database?.migrations?.build ?? null) === null ? [] : ['migrations'])]
  return names.length === 0 ? null : names.sort().map((name) => `${project}/${name}`)
}

/** Everything that a template may say about an environment. */
export function viewOf(blueprint: ResolvedBlueprint, document: EnvironmentDocument, options: { modulesPath: string }): View {
  const { project, name } = document
  const services = servicesOf(blueprint, document)
  const migrations = migrationsOf(blueprint, document)
  const imageKeys = [...services.map((service) => service.name), ...(migrations === null ? [] : ['migrations'])].sort()
  return {
    name,
    project,
    region: blueprint.region,
    pinned: document.pinned,
    prefix: awsName(48, project, name),
    stateKey: stateKey(document),
    prioritiesPerSlot,
    tags: tagsOf(document),
    source: Object.fromEntries(moduleNames.map((module) => [module, moduleSource(document, module, options.modulesPath)])),
    commit: document.commit ?? 'unknown',
    domain: blueprint.domain,
    host: hostOf(blueprint, name),
    loadBalancerName: loadBalancerNameOf(project, name),
    services,
    imageKeys,
    imageHint: `images must name an image for each of: ${imageKeys.join(', ')}.`,
    database: databaseOf(blueprint, document),
    migrations,
    secretPath: hclFragment(document.template === 'platform' ? project : `${project}/${name}`),
    alerts: blueprint.alerts,
    cpuArchitecture: blueprint.architecture === 'arm64' ? 'ARM64' : null,
    rolePath: `/devtool-previews/${project}/`,
    platform: {
      parameterName: `/devtool/${project}/platform`,
      repositories: repositoriesOf(blueprint),
      adminName: awsName(64, project, name, 'database-admin'),
    },
    github: githubOf(blueprint, document),
  }
}
