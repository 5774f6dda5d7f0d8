import * as z from 'zod'
import { defaulted, flag, nullable, override, required } from './fields.ts'
import * as p from './patterns.ts'

/** The schema of `devtool.yaml`, the only one: the JSON Schema, the reference page and the types are derived from it. */

const variables = z
  .record(p.variableName.schema, p.variableValue.schema, 'a mapping of names to texts')
  .meta({ allowed: `names: ${p.variableName.allowed}; values: ${p.variableValue.allowed}` })

const noVariables = 'Variables of your own for the service. PORT, PUBLIC_URL, DATABASE_URL, DEVTOOL_*, PG* and <SERVICE>_URL are set by DevTool.'

const service = z.strictObject(
  {
    build: nullable(p.relativePath, 'Folder with a Dockerfile. Give either build or image.', 'services/web'),
    image: nullable(p.imageReference, 'A ready-made image. Give either image or build.', 'docker.io/library/nginx:1.29'),
    start: nullable(p.commandLine, 'How target local starts the service in its build folder, without a container.', 'node src/main.js'),
    port: nullable(p.port, 'Port the service listens on; it also receives it as PORT. Needed by a route.', 3000),
    route: nullable(p.routePath, 'Path under which the load balancer sends requests to the service. A service without route is a worker.', '/', '/api'),
    health: defaulted(p.healthPath, '/healthz', 'Path that answers 200 once the service is ready, route included.', '/api/healthz'),
    database: defaulted(flag, false, 'Whether the service receives DATABASE_URL and the PG* variables and waits for the migrations.'),
    environment: variables.default({}).meta({ description: noVariables, examples: [{ LOG_LEVEL: 'info' }] }),
    size: z
      .strictObject(
        {
          cpu: defaulted(p.taskCpu, 256, 'CPU units of a task, 1024 to a vCPU: 256, 512, 1024, 2048, 4096, 8192 or 16384.', 512),
          memory: defaulted(p.taskMemory, 512, 'Memory of a task in MiB; Fargate offers certain pairs of cpu and memory only.', 1024),
        },
        'a mapping with cpu and memory',
      )
      .prefault({})
      .meta({ description: 'Size of one task.' }),
    count: z
      .strictObject(
        {
          min: defaulted(p.replicas, 1, 'Tasks that always run.', 2),
          max: defaulted(p.replicas, 1, 'Tasks that autoscaling may reach; more than min needs template dedicated.', 6),
        },
        'a mapping with min and max',
      )
      .prefault({})
      .meta({ description: 'How many tasks run.' }),
  },
  'a mapping that describes a service',
)

const migrations = z
  .strictObject(
    {
      build: nullable(p.relativePath, 'Folder with a Dockerfile. Give either build or image.', 'services/migrations'),
      image: nullable(p.imageReference, 'A ready-made image. Give either image or build.', 'ghcr.io/acme/migrations:7'),
      start: nullable(p.commandLine, 'How target local runs the migrations in their build folder.', 'node src/main.js'),
    },
    'a mapping with build or image',
  )
  .meta({ description: 'A container that runs to success before any service with database: true starts.' })

const database = z
  .strictObject(
    {
      engine: defaulted(p.engine, 'postgres', 'The database engine.'),
      version: defaulted(p.postgresVersion, '17', 'Version of Postgres.', '17'),
      migrations: migrations.nullable().default(null),
      seed: nullable(p.relativePath, 'A file inside the build folder of the migrations that fills the database of a preview, and of no other environment.', 'services/migrations/seed.sql'),
      size: defaulted(p.instanceClass, 'db.t4g.micro', 'Instance class.', 'db.t4g.small'),
      storage: defaulted(p.storageSize, 20, 'Storage in GiB.', 50),
      multiAz: defaulted(flag, false, 'Whether a standby runs in another zone.'),
    },
    'a mapping that describes the database',
  )
  .meta({ description: 'The database. Previews share one encrypted instance, each with a database and a role of its own.' })

const previews = z
  .strictObject(
    {
      label: defaulted(p.labelName, 'preview', 'Label of a pull request that asks for a preview.'),
      ttl: defaulted(p.duration, '72h', 'How long a preview lives after its last deployment.', '14d'),
      limit: defaulted(p.previewLimit, 20, 'How many previews may exist at once.'),
    },
    'a mapping with label, ttl and limit',
  )
  .prefault({})
  .meta({ description: 'Rules for the environments of pull requests.' })

const serviceOverrides = z.strictObject(
  {
    environment: variables.optional().meta({ description: 'Variables that are added to, or replace, those of the service.', examples: [{ LOG_LEVEL: 'warn' }] }),
    size: z
      .strictObject(
        { cpu: override(p.taskCpu, 'CPU units of a task.', 1024), memory: override(p.taskMemory, 'Memory of a task in MiB.', 2048) },
        'a mapping with cpu and memory',
      )
      .optional()
      .meta({ description: 'Size of one task in this environment.' }),
    count: z
      .strictObject(
        { min: override(p.replicas, 'Tasks that always run.', 2), max: override(p.replicas, 'Tasks that autoscaling may reach.', 6) },
        'a mapping with min and max',
      )
      .optional()
      .meta({ description: 'How many tasks run in this environment.' }),
  },
  'a mapping with environment, size and count',
)

const databaseOverrides = z.strictObject(
  {
    version: override(p.postgresVersion, 'Version of Postgres.', '17'),
    size: override(p.instanceClass, 'Instance class.', 'db.t4g.small'),
    storage: override(p.storageSize, 'Storage in GiB.', 50),
    multiAz: override(flag, 'Whether a standby runs in another zone.', true),
  },
  'a mapping with version, size, storage and multiAz',
)

const namedEnvironment = z.strictObject(
  {
    pinned: defaulted(flag, false, 'A pinned environment never expires and cannot be destroyed. Needs template dedicated.', true),
    template: defaulted(p.templateChoice, 'preview', 'preview lives on the shared platform; dedicated owns its VPC, load balancer and database.', 'dedicated'),
    domain: nullable(p.domainName, 'Host name of this environment; without it, <name>.<domain>. Needs template dedicated.', 'shop.example.com'),
    services: z
      .record(p.serviceName.schema, serviceOverrides, 'a mapping of service names to overrides')
      .default({})
      .meta({ description: 'What differs from the services above, by name.', allowed: 'names of services of this blueprint' }),
    database: databaseOverrides.default({}).meta({ description: 'What differs from the database above. Needs template dedicated.' }),
    alerts: nullable(p.email, 'Who is told when an alarm fires. Needs template dedicated.', 'ops@example.com'),
    modules: nullable(p.moduleSource, 'Where the Terraform modules come from. Without it, the modules beside the environment.', 'git::https://github.com/acme/devtool.git?ref=v1.4.0'),
  },
  'a mapping that describes an environment',
)

export const blueprint = z
  .strictObject(
    {
      project: required(p.projectName, 'Names everything that DevTool makes.', 'shop'),
      region: required(p.region, 'AWS region of the platform and of every environment.', 'us-east-1'),
      domain: nullable(p.domainName, 'Previews live at https://<petname>.<domain>; without it, at the host name of a load balancer of their own.', 'preview.example.com'),
      services: z
        .record(p.serviceName.schema, service, 'a mapping of at least one service name to its description')
        .meta({ description: 'The services, by name.', allowed: p.serviceName.allowed }),
      database: database.nullable().default(null),
      previews,
      environments: z
        .record(p.environmentNameLeaf.schema, namedEnvironment, 'a mapping of environment names to what differs there')
        .default({})
        .meta({ description: 'Environments with a name and rules of their own, such as production.', allowed: p.environmentNameLeaf.allowed }),
    },
    'a mapping with project, region and services',
  )
  .meta({ title: 'DevTool blueprint', description: 'devtool.yaml: the services, the database, the rules for previews and the named environments.' })

export type Blueprint = z.output<typeof blueprint>
export type Service = z.output<typeof service>
export type Database = z.output<typeof database>
export type Migrations = z.output<typeof migrations>
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
