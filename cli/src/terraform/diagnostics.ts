import type { Redact } from './child-environment.ts'

export interface Diagnostic {
  severity: 'error' | 'warning'
  summary: string
  /** May be empty: the AWS provider puts everything in the summary. */
  detail: string
  address: string | null
  /** `main.tf:12`. The snippet of configuration that Terraform adds is dropped: it can show values. */
  location: string | null
}

export type DiagnosticKind =
  | 'state-lock'
  | 'already-exists'
  | 'credentials'
  | 'access-denied'
  | 'throttled'
  | 'dependency'
  | 'bucket-missing'
  | 'provider-unavailable'
  | 'checksum-mismatch'
  | 'lock-incomplete'
  | 'not-initialised'
  | 'stale-plan'
  | 'state-not-saved'
  | 'data-missing'
  | 'quota'
  | 'cache-race'
  | 'interrupted'
  | 'deprecation'
  | 'configuration'
  | 'other'

/** Who holds the state lock, out of the "Lock Info" block. */
export interface LockInfo {
  id: string
  /** `user@host`. */
  who: string
  /** ISO 8601, or what Terraform wrote when that could not be read. */
  created: string
  operation: string
  /** The locked state: `bucket/key`. */
  path: string
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

export function parseDiagnostic(raw: Record<string, unknown>, redact: Redact): Diagnostic {
  const range = raw['range'] as { filename?: unknown; start?: { line?: unknown } } | undefined
  const file = text(range?.filename)
  return {
    severity: raw['severity'] === 'warning' ? 'warning' : 'error',
    summary: redact(text(raw['summary'])).trim(),
    detail: redact(text(raw['detail'])).trim(),
    address: text(raw['address']) || null,
    location: file === '' ? null : `${file}:${String(range?.start?.line ?? 1)}`,
  }
}

/**
 * Ordered: the first that matches wins. AWS codes are those of the services' API references; Terraform's sentences were recorded
 * from 1.11.4 (see `fixtures/`).
 */
const RULES: readonly (readonly [DiagnosticKind, RegExp])[] = [
  ['interrupted', /^execution halted$|^operation cancel(?:l)?ed|context canceled|installation was canceled by an interrupt/im],
  ['state-lock', /Error acquiring the state lock|Lock Info:\s+ID:/],
  ['state-not-saved', /Failed to (?:save|persist) state|errored\.tfstate|Error saving state/],
  ['stale-plan', /Saved plan is stale|Saved plan does not match the given state|Cannot apply incomplete plan/],
  ['checksum-mismatch', /doesn't match any of the checksums|don't match any of the checksums|checksum(?:s)? .*(?:mismatch|not match)/i],
  [
    'lock-incomplete',
    /Provider dependency changes detected|Provider lock file not updated|locked provider .* does not match configured version/,
  ],
  [
    'not-initialised',
    /Backend initialization required|Required plugins are not installed|Module not installed|Inconsistent dependency lock file|Backend configuration changed|Missing required provider/,
  ],
  ['cache-race', /text file busy|mkdir .*: file exists|\.zip: no such file or directory/],
  [
    'provider-unavailable',
    /Failed to query available provider packages|Could not retrieve the list of available versions|Could not retrieve providers|could not connect to registry|Failed to install provider|previously-selected version .* is no longer available/,
  ],
  ['bucket-missing', /S3 bucket "[^"]*" does not exist|NoSuchBucket/],
  [
    'credentials',
    /No valid credential sources|ExpiredToken|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|AuthFailure|InvalidAccessKeyId|RequestExpired|failed to refresh cached credentials|security token included in the request is (?:expired|invalid)|the SSO session has expired|Error loading SSO/,
  ],
  ['access-denied', /AccessDenied|UnauthorizedOperation|not authorized to perform|AuthorizationError|StatusCode: 403/],
  ['throttled', /Throttl|TooManyRequests|RequestLimitExceeded|Rate exceeded|SlowDown|Too many concurrent attempts/],
  [
    'quota',
    /LimitExceeded|QuotaExceeded|ServiceQuotaExceeded|AddressLimitExceeded|VpcLimitExceeded|TooManyTargetGroups|TooManyRules|InstanceQuota|InsufficientDBInstanceCapacity/,
  ],
  [
    'already-exists',
    /AlreadyExist|AlreadyOwnedByYou|DuplicateLoadBalancerName|DuplicateTargetGroupName|DuplicateListener|PriorityInUse|ResourceExistsException|InvalidGroup\.Duplicate|InvalidSubnet\.Conflict|InvalidPermission\.Duplicate|already exists|already scheduled for deletion|already been taken|Creation of service was not idempotent/i,
  ],
  [
    'dependency',
    /DependencyViolation|ResourceInUse|DeleteConflict|in use by|currently in use|has dependencies|must be detached|still draining|ClusterContains(?:Services|Tasks)|BucketNotEmpty|RepositoryNotEmpty|HostedZoneNotEmpty/i,
  ],
  ['data-missing', /(?:no matching|couldn't find|empty result|did not match any|reading .*(?:not found|NotFound))/i],
  ['deprecation', /deprecat/i],
  [
    'configuration',
    /^(?:Unsupported|Invalid|Missing|Reference to|Duplicate|Unclosed|Argument or block|Error in function|No value for required|Variables not allowed)/,
  ],
]

/** What kind of trouble a diagnostic is, by AWS error code or by Terraform's own sentence. */
export function classify(diagnostic: Pick<Diagnostic, 'summary' | 'detail'>): DiagnosticKind {
  const whole = `${diagnostic.summary}\n${diagnostic.detail}`
  // "Failed to install provider" is how a checksum mismatch is introduced; the rules are ordered so that the narrower one comes first
  return RULES.find(([, pattern]) => pattern.test(whole))?.[0] ?? 'other'
}

/** The holder of the lock that a diagnostic tells of; `null` when it tells of none. */
export function lockInfo(diagnostic: Pick<Diagnostic, 'summary' | 'detail'>): LockInfo | null {
  const whole = `${diagnostic.summary}\n${diagnostic.detail}`
  const field = (name: string): string => new RegExp(`^\\s*${name}:[ \\t]*(.*)$`, 'm').exec(whole)?.[1]?.trim() ?? ''
  const id = field('ID')
  if (!whole.includes('Lock Info') || id === '') return null
  return {
    id,
    who: field('Who'),
    created: isoTime(field('Created')),
    operation: field('Operation')
      .replace(/^OperationType/, '')
      .toLowerCase(),
    path: field('Path'),
  }
}

/** Go prints `2026-11-21 07:00:00.123456789 +0000 UTC`. */
function isoTime(go: string): string {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\d* \+0000/.exec(go)
  return match === null ? go : `${match[1]}T${match[2]}${(match[3] ?? '.').padEnd(4, '0')}Z`
}

const LONGEST_MESSAGE = 400

/** The sentence that matters, without request ids and the way that the SDK took. */
export function plainMessage(diagnostic: Pick<Diagnostic, 'summary' | 'detail'>): string {
  const paragraphs = diagnostic.summary.split(/\n\s*\n/)
  const first = (paragraphs[0] ?? '').replace(/\s*\n\s*/g, ' ')
  return first
    .replace(
      /operation error [\w ]+: (\w+), (?:exceeded maximum number of attempts, \d+, )?https response error StatusCode: \d+, /g,
      '$1: ',
    )
    .replace(/(?:RequestID|HostID|request id): [^,\s]*,?\s*/gi, '')
    .replace(/api error /g, '')
    .trim()
    .slice(0, LONGEST_MESSAGE)
}
