import * as z from 'zod/mini'
import { choice, type Leaf, text, whole } from './fields.ts'
import { durationAllowed, durationPattern, environmentNameAllowed, environmentNamePattern } from './forms.ts'

const dnsLabel = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const dnsName = `(?:${dnsLabel}\\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]{2,40})`
/** A path segment: never `..`, never starting with a hyphen, which a tool could take for an option. */
const segment = '(?!\\.\\.(?:/|$))[A-Za-z0-9._@+][A-Za-z0-9._@+-]*'
const gitRef = '[A-Za-z0-9][A-Za-z0-9._/-]{0,99}'

export const projectName = text(
  /^(?=.{2,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  20,
  '2 to 20 lower-case letters, digits and single hyphens, starting with a letter and not ending with a hyphen',
)

export const serviceName = text(
  /^(?=.{1,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  20,
  '1 to 20 lower-case letters, digits and single hyphens, starting with a letter and not ending with a hyphen',
)

export const environmentNameLeaf = text(environmentNamePattern, 24, environmentNameAllowed)

export const region = text(/^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/, 32, 'the name of an AWS region, such as eu-central-1')

/** At most 62: `*.<domain>` is the common name of a certificate, which ACM limits to 64 characters (RFC 5280). */
export const domainName = text(
  new RegExp(`^(?=.{4,62}$)${dnsName}$`),
  62,
  'a DNS name in lower case, at most 62 characters, such as preview.example.com',
)

export const email = text(new RegExp(`^[A-Za-z0-9._%+-]{1,64}@${dnsName}$`), 254, 'one e-mail address')

const writtenPath = text(
  new RegExp(`^${segment}(?:/${segment})*/?$`),
  200,
  'a path inside the repository, relative to devtool.yaml, without .. and of letters, digits, . _ @ + - and /',
)

/** Held without `./`, a slash at the end and `.` segments; `.` is the repository itself. */
export const relativePath: Leaf<string> = { ...writtenPath, schema: writtenPath.schema.check(z.overwrite(normalPath)) }

export const imageReference = text(
  /^(?=.{1,400}$)[a-z0-9][a-z0-9._-]*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
  400,
  'an image reference with or without tag and digest, such as docker.io/library/nginx:1.29',
)

/** What an Application Load Balancer takes literally in a path pattern; 100 leaves room for the rule's own `/*` (limit 128). */
export const routePath = text(
  /^\/(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*)?$/,
  100,
  'a path that starts with / and does not end with one, of letters, digits and - . _ ~, without wildcards, such as / or /api',
)

export const healthPath = text(
  /^\/[A-Za-z0-9._~/-]*$/,
  200,
  'a path that starts with /, of letters, digits and - . _ ~ /, such as /healthz',
)

export const commandLine = text(/^[^\s\p{C}](?:[^\p{C}]*[^\s\p{C}])?$/u, 500, 'one line: a program and its arguments')

export const variableName = text(/^[A-Za-z_][A-Za-z0-9_]*$/, 100, 'letters, digits and underscores, not starting with a digit')

export const variableValue = text(
  /^[^\0-\x08\x0b\x0c\x0e-\x1f\x7f]*$/,
  4000,
  'a text of at most 4000 characters, in quotes where YAML would read a number, true or false',
)

export const duration = text(durationPattern, 5, durationAllowed)

export const labelName = text(
  /^[A-Za-z0-9](?:[A-Za-z0-9 :._/-]{0,48}[A-Za-z0-9])?$/,
  50,
  'a GitHub label of at most 50 letters, digits, spaces and : . _ / -',
)

export const postgresVersion = text(/^1[5-9](\.\d{1,2})?$/, 5, 'a Postgres version in quotes, "15" or later, such as "17" or "17.4"')

export const instanceClass = text(/^db\.[a-z0-9]{2,12}\.[a-z0-9]{4,12}$/, 40, 'an RDS instance class, such as db.t4g.micro')

/** Only https and ssh, and always one ref: the other transports of git and Terraform can run programs or follow what moves. */
export const moduleSource = text(
  new RegExp(`^git::(?:https|ssh)://[A-Za-z0-9][A-Za-z0-9._~@:/+-]{3,200}\\?ref=${gitRef}$`),
  320,
  'a git source with a ref, such as git::https://github.com/acme/devtool.git?ref=v1.4.0',
)

export const port = whole(1, 65535)
export const taskCpu = whole(256, 16384)
export const taskMemory = whole(512, 122880)
export const replicas = whole(1, 100)
/** As many as there are slots (environment/names.ts). */
export const previewLimit = whole(1, 999)
/** GiB of gp3 storage that RDS offers for Postgres. */
export const storageSize = whole(20, 65536)
export const engine = choice('postgres')
export const architecture = choice('amd64', 'arm64')
export const templateChoice = choice('preview', 'dedicated')

export function normalPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.length === 0 ? '.' : parts.join('/')
}
