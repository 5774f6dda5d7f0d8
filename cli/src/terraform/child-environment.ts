import path from 'node:path'

/** The user's environment variables as `main.ts` read them. */
export type Variables = Readonly<Record<string, string | undefined>>

/** What Terraform, its providers and git (for module sources) need of the user's environment; nothing else reaches them. */
const PASSED = [
  /^(PATH|HOME|USER|LOGNAME|LANG|TMPDIR|GOGC|GOMEMLIMIT)$/,
  // By it the runner of a workflow finds, and kills, what outlived its step (actions/runner, JobExtension.cs): only then is the run over.
  /^RUNNER_TRACKING_ID$/,
  /^(TF|AWS|XDG|LC)_/,
  /^(HTTP|HTTPS|NO|ALL)_PROXY$/i,
  /^SSL_CERT_(FILE|DIR)$/,
  /^SSH_AUTH_SOCK$/,
  /^GIT_(SSH|SSH_COMMAND|ASKPASS|CONFIG_.*|SSL_.*)$/,
]

/**
 * Variables that would move our roots somewhere else: a workspace changes the key of the state, a data folder would be shared by
 * every root, a plugin cache is not safe for several inits at once (hashicorp/terraform#31964).
 */
const WITHHELD = new Set([
  'TF_WORKSPACE',
  'TF_DATA_DIR',
  'TF_PLUGIN_CACHE_DIR',
  'TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE',
  'TF_STATE_PERSIST_INTERVAL',
])

/**
 * How far a Go program's heap may grow before it is collected, in per cent of what lives on it. Terraform and its provider read a schema of tens of
 * megabytes at each start; at 400 instead of 100 that takes a third less time for a tenth more memory (`npm run bench`).
 */
const GARBAGE_COLLECTION = '400'

const OURS = { TF_IN_AUTOMATION: '1', TF_INPUT: '0', CHECKPOINT_DISABLE: '1' }

/**
 * The whole environment of a Terraform process in `directory`. A trace that the user asked for with `TF_LOG` can hold request
 * bodies, so it goes to a file (`.terraform/terraform.log` unless `TF_LOG_PATH` names one), never to our output.
 */
export function childEnvironment(variables: Variables, directory: string, additions: Variables = {}): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries({ GOGC: GARBAGE_COLLECTION, ...variables, ...OURS, ...additions })) {
    if (value === undefined) continue
    const ours = name in OURS || name in additions
    if (ours || (!WITHHELD.has(name) && PASSED.some((pattern) => pattern.test(name)))) environment[name] = value
  }
  const traced = Object.keys(environment).some((name) => /^TF_LOG(_CORE|_PROVIDER.*)?$/.test(name))
  if (traced && environment['TF_LOG_PATH'] === undefined) environment['TF_LOG_PATH'] = path.join(directory, '.terraform', 'terraform.log')
  return environment
}

/** Takes secrets out of a text before it is shown or kept. */
export type Redact = (text: string) => string

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/(:\/\/)[^\s/:@]+:[^\s/@]+@/g, '$1***@'],
  [/(X-Amz-(?:Security-Token|Signature|Credential)=)[^\s&"]+/gi, '$1***'],
  [
    /(["']?\b(?:\w*password|passwd|secret_?access_?key|session_?token|secret_?string)\b["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s,;&})]+)/gi,
    '$1***',
  ],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '***'],
]

/** A redactor that knows the values of the user's own secret variables, and the shapes in which secrets usually appear. */
export function createRedactor(variables: Variables): Redact {
  const values = Object.entries(variables)
    .filter(([name]) => /SECRET|TOKEN|PASSWORD|PASSWD|PRIVATE_KEY/i.test(name) && !/_(FILE|PATH|URI|URL)$/i.test(name))
    .map(([, value]) => value ?? '')
    .filter((value) => value.length >= 8)
    .sort((a, b) => b.length - a.length)
  return (text) => {
    let safe = text
    for (const value of values) safe = safe.replaceAll(value, '***')
    for (const [pattern, replacement] of PATTERNS) safe = safe.replace(pattern, replacement)
    return safe
  }
}
