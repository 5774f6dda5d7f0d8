import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  type YAMLError,
  YAMLParseError,
} from 'yaml'
import { harmless, type Mistake, type Path, quote } from './mistakes.ts'

/** A YAML text as plain data, and where in the text each part of it stands. */
export interface Source {
  /** Objects without a prototype, arrays, texts, numbers, booleans and null; undefined when the text is not YAML. */
  data: unknown
  mistakes: Mistake[]
  /** Where the value at `path` stands; of a part that is missing, where the nearest part around it stands. */
  locate(path: Path, part?: 'key' | 'value'): { line: number; column: number }
}

/** A blueprint of forty services takes 10 kB. The limits keep a hostile file from costing time or memory. */
const maximumLength = 64 * 1024
const maximumNodes = 5000
const maximumDepth = 20

interface Walk {
  document: Document.Parsed
  lines: LineCounter
  mistakes: Mistake[]
  /** Offsets of key and value by the JSON text of the path. */
  places: Map<string, { key: number; value: number }>
  nodes: number
  /** Whether a limit was reached; what follows is not read. */
  over: boolean
  anchors: Map<string, Node>
  /** The nodes around the current one: an alias to one of them has no end. */
  open: Set<Node>
}

/** Reads YAML without throwing: whatever is wrong is in `mistakes`. */
export function readSource(text: string): Source {
  const lines = new LineCounter()
  const parsed = parse(text, lines)
  if ('problem' in parsed) return { data: undefined, mistakes: [{ ...parsed, path: [] }], locate: () => ({ line: 1, column: 1 }) }
  const document = parsed.document
  const faults: YAMLError[] = [...document.errors, ...document.warnings]
  const walk: Walk = {
    document,
    lines,
    mistakes: faults.map((fault) => syntaxMistake(fault, lines)),
    places: new Map(),
    nodes: 0,
    over: false,
    anchors: new Map(),
    open: new Set(),
  }
  const broken = document.errors.some((error) => error.code !== 'DUPLICATE_KEY')
  const data = broken || document.contents === null ? undefined : plain(document.contents, [], walk)
  return { data: walk.over ? undefined : data, mistakes: walk.mistakes, locate: (path, part = 'value') => locate(path, part, walk) }
}

interface Refusal {
  line: number
  column: number
  problem: string
}

/**
 * What `parseDocument` of the library does, with the tokens counted between its two steps: the second one recurses, and a text
 * that exhausts the stack there can end the whole process.
 */
function parse(text: string, lines: LineCounter): { document: Document.Parsed } | Refusal {
  const start = { line: 1, column: 1 }
  if (text.length > maximumLength) return { ...start, problem: `found ${text.length} characters, allowed: at most ${maximumLength}` }
  const before = text.slice(0, text.indexOf('\0') + 1).split('\n')
  if (text.includes('\0'))
    return { line: before.length, column: before.at(-1)?.length ?? 1, problem: 'found a NUL character, allowed: text' }
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const { depth, count } = measure(tokens)
  if (depth > maximumDepth) return { ...start, problem: `nested too deeply, allowed: at most ${maximumDepth} levels` }
  if (count > maximumNodes) return { ...start, problem: `found ${count} values, allowed: at most ${maximumNodes}` }
  const [document, second] = new Composer({ prettyErrors: false, logLevel: 'silent' }).compose(tokens, true, text.length)
  if (second !== undefined)
    document?.errors.push(new YAMLParseError([second.range[0], second.range[0]], 'MULTIPLE_DOCS', 'second document'))
  return { document: document as Document.Parsed }
}

function measure(tokens: CST.Token[]): { depth: number; count: number } {
  let depth = 0
  let count = 0
  for (let level = tokens.flatMap(childTokens); level.length > 0; level = level.flatMap(childTokens)) {
    depth += 1
    count += level.length
  }
  return { depth, count }
}

function childTokens(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value]
  if (!('items' in token)) return []
  return token.items.flatMap((item) => [item.key, item.value].filter((child) => child !== undefined && child !== null))
}

function syntaxMistake(fault: YAMLError, lines: LineCounter): Mistake {
  const { line, col } = lines.linePos(fault.pos[0])
  return { line: Math.max(line, 1), column: Math.max(col, 1), path: [], problem: syntaxProblem(fault) }
}

function syntaxProblem(fault: YAMLError): string {
  if (fault.code === 'TAB_AS_INDENT') return 'found a tab in the indentation, allowed: spaces'
  if (fault.code === 'DUPLICATE_KEY') return 'found a key that the mapping already holds, allowed: each key once'
  if (fault.code === 'MULTIPLE_DOCS') return 'found a second document, allowed: one document without ---'
  if (fault.code === 'TAG_RESOLVE_FAILED') return `found a tag, allowed: plain YAML without tags (${oneLine(fault.message)})`
  return `not YAML: ${oneLine(fault.message)}`
}

function oneLine(message: string): string {
  return harmless(message.replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 200))
}

function plain(node: unknown, path: Path, walk: Walk): unknown {
  if (!isNode(node) || walk.over) return null
  if (++walk.nodes > maximumNodes) return tooMuch(node, path, walk, `found more than ${maximumNodes} values, counting what aliases repeat`)
  if (path.length > maximumDepth) return tooMuch(node, path, walk, `nested too deeply, allowed: at most ${maximumDepth} levels`)
  if (isAlias(node)) return plainAlias(node, path, walk)
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node)
  if (isScalar(node)) return typeof node.value === 'bigint' ? Number(node.value) : node.value
  if (isSeq(node))
    return inside(node, walk, () =>
      node.items.map((item, index) => {
        const part = [...path, index]
        place(part, isNode(item) ? item : node, item, walk)
        return plain(item, part, walk)
      }),
    )
  return inside(node, walk, () => plainMap(node, path, walk))
}

function plainMap(node: Node, path: Path, walk: Walk): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null)
  if (!isMap(node)) return result
  for (const pair of node.items) {
    if (!isPair(pair) || walk.over) continue
    const key = isScalar(pair.key) ? pair.key.value : pair.key
    if (typeof key !== 'string') {
      report(
        isNode(pair.key) ? pair.key : node,
        path,
        walk,
        `found a key that is ${isNode(pair.key) && !isScalar(pair.key) ? 'not a text' : quote(String(key))}, allowed: texts; write it in quotes`,
      )
    } else if (key === '__proto__') {
      report(pair.key as Node, path, walk, 'found the key "__proto__", which is not allowed')
    } else if (key === '<<') {
      report(pair.key as Node, path, walk, 'found a merge key "<<", allowed: the keys themselves')
    } else {
      const part = [...path, key]
      place(part, pair.key as Node, pair.value, walk)
      result[key] = plain(pair.value, part, walk)
    }
  }
  return result
}

function plainAlias(node: Node, path: Path, walk: Walk): unknown {
  if (!isAlias(node)) return undefined
  const target = walk.anchors.get(node.source)
  if (target === undefined) return report(node, path, walk, `found the alias ${quote(`*${node.source}`)} of an anchor that does not exist`)
  if (walk.open.has(target)) return report(node, path, walk, `found the alias ${quote(`*${node.source}`)} inside its own anchor`)
  return plain(target, path, walk)
}

function inside<T>(node: Node, walk: Walk, work: () => T): T {
  walk.open.add(node)
  const result = work()
  walk.open.delete(node)
  return result
}

function place(path: Path, key: Node, value: unknown, walk: Walk): void {
  const keyOffset = key.range?.[0] ?? 0
  const valueOffset = isNode(value) && value.range ? value.range[0] : keyOffset
  walk.places.set(JSON.stringify(path), { key: keyOffset, value: valueOffset })
}

function locate(path: Path, part: 'key' | 'value', walk: Walk): { line: number; column: number } {
  for (let length = path.length; length >= 0; length--) {
    const found = walk.places.get(JSON.stringify(path.slice(0, length)))
    if (found !== undefined) return position(length === path.length ? found[part] : found.key, walk)
  }
  return position(walk.document.contents?.range?.[0] ?? 0, walk)
}

function position(offset: number, walk: Walk): { line: number; column: number } {
  const { line, col } = walk.lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

function report(node: Node, path: Path, walk: Walk, problem: string): undefined {
  walk.mistakes.push({ ...position(node.range?.[0] ?? 0, walk), path, problem })
  return undefined
}

function tooMuch(node: Node, path: Path, walk: Walk, problem: string): undefined {
  walk.over = true
  return report(node, path, walk, problem)
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value)
}
