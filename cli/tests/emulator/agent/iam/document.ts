import { type Condition, holds, type MayMiss, type RequestContext, readConditions } from './conditions.ts'
import { matches, matchesAction } from './matching.ts'

export interface Statement {
  effect: 'Allow' | 'Deny'
  actions: { not: boolean; patterns: string[] }
  /** Undefined in a trust policy, which speaks of the role itself. */
  resources?: { not: boolean; patterns: string[] }
  /** In a trust policy: the services that may take the role on; `*` is everybody. */
  services: string[]
  /** In a trust policy: the ARNs of the identity providers whose logins may. */
  providers: string[]
  conditions: Condition[]
}

export interface Request {
  action: string
  resource: string
  context: RequestContext
  mayMiss?: MayMiss
}

const COMMON = ['Sid', 'Effect', 'Action', 'NotAction', 'Condition']
const ELEMENTS = { identity: [...COMMON, 'Resource', 'NotResource'], trust: [...COMMON, 'Principal'] } as const

/** The statements of a policy document as IAM holds it. Throws on what is not implemented, and names it. */
export function readDocument(document: unknown, kind: 'identity' | 'trust', where: string): Statement[] {
  if (!isRecord(document)) throw new Error(`${where} is not a policy document`)
  refuseOthers(document, ['Version', 'Id', 'Statement'], where)
  if (!['2012-10-17', '2008-10-17', undefined].includes(document['Version'] as string)) {
    throw new Error(`${where}: the emulator does not implement version ${document['Version']} of the policy language`)
  }
  return [document['Statement'] ?? []].flat().map((statement, index) => readStatement(statement, kind, `${where}, statement ${index + 1}`))
}

function readStatement(statement: unknown, kind: 'identity' | 'trust', where: string): Statement {
  if (!isRecord(statement)) throw new Error(`${where} is not an object`)
  refuseOthers(statement, ELEMENTS[kind], where)
  const { Effect: effect } = statement
  if (effect !== 'Allow' && effect !== 'Deny') throw new Error(`${where}: Effect is ${JSON.stringify(effect)}`)
  const conditions = readConditions(statement['Condition'], where)
  const actions = readEither(statement, 'Action', where)
  if (kind === 'trust') return { effect, actions, ...readPrincipal(statement['Principal'], where), conditions }
  return { effect, actions, resources: readEither(statement, 'Resource', where), services: [], providers: [], conditions }
}

function readEither(statement: Record<string, unknown>, name: 'Action' | 'Resource', where: string): { not: boolean; patterns: string[] } {
  const not = statement[name] === undefined
  const patterns = [statement[not ? `Not${name}` : name] ?? []].flat()
  if (patterns.length === 0) throw new Error(`${where} has neither ${name} nor Not${name}`)
  for (const pattern of patterns) {
    if (typeof pattern !== 'string') throw new Error(`${where}: ${JSON.stringify(pattern)} is no text`)
    if (pattern.includes('${')) throw new Error(`${where}: the emulator does not implement policy variables: ${pattern}`)
  }
  return { not, patterns: patterns as string[] }
}

function readPrincipal(principal: unknown, where: string): Pick<Statement, 'services' | 'providers'> {
  if (principal === '*') return { services: ['*'], providers: ['*'] }
  if (!isRecord(principal)) throw new Error(`${where}: Principal is ${JSON.stringify(principal)}`)
  refuseOthers(principal, ['Service', 'AWS', 'Federated'], `${where}, Principal`)
  const everybody = [principal['AWS'] ?? []].flat().includes('*') ? ['*'] : []
  const named = (kind: string): string[] => [...everybody, ...[principal[kind] ?? []].flat().map(String)]
  return { services: named('Service'), providers: named('Federated') }
}

function refuseOthers(record: Record<string, unknown>, known: readonly string[], where: string): void {
  const unknown = Object.keys(record).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new Error(`${where}: the emulator does not implement the element ${unknown}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a document says of a request; an explicit Deny is stronger than any Allow. */
export function decide(statements: readonly Statement[], request: Request): 'Allow' | 'Deny' | undefined {
  const effects = statements.filter((statement) => applies(statement, request)).map(({ effect }) => effect)
  return effects.includes('Deny') ? 'Deny' : effects[0]
}

function applies({ actions, resources, conditions }: Statement, { action, resource, context, mayMiss }: Request): boolean {
  if (actions.patterns.some((pattern) => matchesAction(pattern, action)) === actions.not) return false
  if (resources !== undefined && resources.patterns.some((pattern) => matches(pattern, resource)) === resources.not) return false
  return conditions.every((condition) => holds(condition, context, mayMiss))
}
