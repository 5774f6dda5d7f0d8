import * as z from 'zod/mini'
import { defaulted, describe, flag, keys, nullable, override, required } from './fields.ts'
import * as p from './patterns.ts'

/** The schema of `devtool.yaml`, the only one: the JSON Schema, the reference page and the types are derived from it. */

const variables = z.record(p.variableName.schema, p.variableValue.schema, 'a mapping of names to texts')
const variablesAllowed = `names: ${p.variableName.allowed}; values: ${p.variableValue.allowed}`

const size = keys(
  {
    cpu: defaulted(p.taskCpu, 256, 'CPU units of a task, 1024 to a vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384.', 512),
    memory: defaulted(p.taskMemory, 512, 'Memory of a task in MiB. Fargate offers certain pairs of cpu and memory only.', 1024),
  },
  'a mapping with cpu and memory',
)

const count = keys(
  {
    min: defaulted(p.replicas, 1, 'Tasks that always run.', 2),
    max: defaulted(p.replicas, 1, 'Tasks that autoscaling may reach, in a pinned environment.', 6),
  },
  'a mapping with min and max',
)

const service = keys(
  {
    build: nullable(p.relativePath, 'Folder with a Dockerfile. Give either build or image.', 'services/web'),
    image: nullable(p.imageReference, 'A ready-made image. Give either image or build.', 'docker.io/library/nginx:1.29'),
    start: nullable(p.commandLine, 'How target local starts the service in its build folder, without a container.', 'node src/main.js'),
    port: nullable(p.port, 'Port the service listens on; it also receives it as PORT. Needed by a route.', 3000),
    route: nullable(
      p.routePath,
      'Path that the load balancer sends to the service, with all below it. Without route it is a worker.',
      '/',
      '/api',
    ),
    health: defaulted(p.healthPath, '/healthz', 'Whole path that answers 200 once the service is ready.', '/api/healthz'),
    database: defaulted(flag, false, 'Whether the service receives DATABASE_URL and the PG* variables and waits for the migrations.', true),
    environment: describe(
      z._default(variables, {}),
      variablesAllowed,
      'Variables of your own. PORT, PUBLIC_URL, DATABASE_URL, DEVTOOL_*, PG* and <SERVICE>_URL are set by DevTool.',
      [{ LOG_LEVEL: 'info' }],
    ),
    size: describe(z.prefault(size, {}), undefined, 'Size of one task.'),
    count: describe(z.prefault(count, {}), undefined, 'How many tasks run.'),
  },
  'a mapping that describes a service',
)

const migrations = keys(
  {
    build: nullable(p.relativePath, 'Folder with a Dockerfile. Give either build or image.', 'services/migrations'),
    image: nullable(p.imageReference, 'A ready-made image. Give either image or build.', 'ghcr.io/acme/migrations:7'),
    start: nullable(p.commandLine, 'How target local runs the migrations in their build folder.', 'node src/main.js'),
  },
  'a mapping with build or image',
)

const database = keys(
  {
    engine: defaulted(p.engine, 'postgres', 'The database engine.'),
    version: defaulted(p.postgresVersion, '17', 'Version of Postgres.', '17'),
    migrations: describe(
      z._default(z.nullable(migrations), null),
      undefined,
      'A container that runs to success before any service with database: true starts.',
    ),
    seed: nullable(
      p.relativePath,
      'A file inside the build folder of the migrations, with data for previews and for no other environment.',
      'services/migrations/seed.sql',
    ),
    size: defaulted(p.instanceClass, 'db.t4g.micro', 'Instance class.', 'db.t4g.small'),
    storage: defaulted(p.storageSize, 20, 'Storage in GiB.', 50),
    multiAz: defaulted(flag, false, 'Whether a standby runs in another zone.', true),
  },
  'a mapping that describes the database',
)

const previews = keys(
  {
    label: defaulted(p.labelName, 'preview', 'Label of a pull request that asks for a preview.', 'needs-preview'),
    ttl: defaulted(p.duration, '72h', 'How long a preview lives after its last deployment.', '14d'),
    limit: defaulted(p.previewLimit, 20, 'How many previews may run at once.', 50),
  },
  'a mapping with label, ttl and limit',
)

const serviceOverrides = keys(
  {
    environment: describe(z.optional(variables), variablesAllowed, 'Variables that are added to those of the service, or replace them.', [
      { LOG_LEVEL: 'warn' },
    ]),
    size: describe(
      z.optional(
        keys(
          { cpu: override(p.taskCpu, 'CPU units of a task.', 1024), memory: override(p.taskMemory, 'Memory of a task in MiB.', 2048) },
          'a mapping with cpu and memory',
        ),
      ),
      undefined,
      'Size of one task in this environment.',
    ),
    count: describe(
      z.optional(
        keys(
          { min: override(p.replicas, 'Tasks that always run.', 2), max: override(p.replicas, 'Tasks that autoscaling may reach.', 6) },
          'a mapping with min and max',
        ),
      ),
      undefined,
      'How many tasks run in this environment.',
    ),
  },
  'a mapping with environment, size and count',
)

const databaseOverrides = keys(
  {
    version: override(p.postgresVersion, 'Version of Postgres.', '17'),
    size: override(p.instanceClass, 'Instance class.', 'db.t4g.small'),
    storage: override(p.storageSize, 'Storage in GiB.', 50),
    multiAz: override(flag, 'Whether a standby runs in another zone.', true),
  },
  'a mapping with version, size, storage and multiAz',
)

const namedEnvironment = keys(
  {
    pinned: defaulted(flag, false, 'A pinned environment never expires and cannot be destroyed. Needs template: dedicated.', true),
    template: defaulted(
      p.templateChoice,
      'preview',
      'preview lives on the shared platform; dedicated owns its VPC, load balancer and database.',
      'dedicated',
    ),
    domain: nullable(
      p.domainName,
      'Host name of this environment; without it, the name in front of the domain above. Needs template: dedicated.',
      'shop.example.com',
    ),
    services: describe(
      z._default(z.record(p.serviceName.schema, serviceOverrides, 'a mapping of service names to overrides'), {}),
      'names of services of this blueprint',
      'What differs from the services above, by name.',
    ),
    database: describe(z._default(databaseOverrides, {}), undefined, 'What differs from the database above. Needs template: dedicated.'),
    alerts: nullable(p.email, 'Who is told when an alarm fires. Needs template: dedicated.', 'ops@example.com'),
    modules: nullable(
      p.moduleSource,
      'Where the Terraform modules come from, at a ref; without it, from this repository.',
      'git::https://github.com/acme/devtool.git?ref=v1.4.0',
    ),
  },
  'a mapping that describes an environment',
)

export const blueprint = keys(
  {
    project: required(p.projectName, 'Names everything that DevTool makes.', 'shop'),
    region: required(p.region, 'AWS region of the platform and of every environment.', 'us-east-1'),
    domain: nullable(
      p.domainName,
      'Previews live at https://<petname>.<domain>; without it, at the host name of a load balancer of their own.',
      'preview.example.com',
    ),
    architecture: defaulted(
      p.architecture,
      'amd64',
      'What images are built for and tasks run on. Ready-made images must have it.',
      'arm64',
    ),
    services: describe(
      z.record(p.serviceName.schema, service, 'a mapping of at least one service name to its description'),
      p.serviceName.allowed,
      'The services, by name.',
    ),
    database: describe(
      z._default(z.nullable(database), null),
      undefined,
      'The database. Previews share one encrypted instance, each with a database and a role of its own.',
    ),
    previews: describe(z.prefault(previews, {}), undefined, 'Rules for the environments of pull requests.'),
    environments: describe(
      z._default(z.record(p.environmentNameLeaf.schema, namedEnvironment, 'a mapping of environment names to what differs there'), {}),
      p.environmentNameLeaf.allowed,
      'Environments with a name and rules of their own, such as production.',
    ),
  },
  'a mapping with project, region and services',
)

export type Blueprint = z.output<typeof blueprint>
export type Service = z.output<typeof service>
export type Database = z.output<typeof database>
export type NamedEnvironment = z.output<typeof namedEnvironment>

/** A blueprint as one environment sees it: the overrides of `environments.<name>` applied. */
export interface ResolvedBlueprint extends Blueprint {
  pinned: boolean
  template: 'preview' | 'dedicated'
  /** The host name that `environments.<name>.domain` gives this environment alone; null: `<name>.<domain>`, or no domain at all. */
  hostname: string | null
  /** E-mail address. */
  alerts: string | null
  /** `git::https://host/repository.git?ref=<ref>`: the source of the modules, without the `//modules/<module>` that rendering puts in. */
  modules: string | null
}
