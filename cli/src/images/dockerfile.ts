/** What a Dockerfile says of the container that it makes. */
export interface ContainerFacts {
  /** The first TCP port that its last stage exposes. */
  port: number | null
  /** How it is started, as one line; null where that is not a plain program with arguments. */
  command: string | null
}

/**
 * Reads what can be told without building: `EXPOSE` with the variables that the file itself sets, and `CMD` in its exec form
 * (https://docs.docker.com/reference/dockerfile/). What it cannot tell is null; nothing in the text is an error.
 */
export function readDockerfile(text: string): ContainerFacts {
  const variables = new Map<string, string>()
  let facts: ContainerFacts = { port: null, command: null }
  for (const { name, rest } of instructions(text)) {
    if (name === 'FROM') facts = { port: null, command: null }
    else if (name === 'ARG' || name === 'ENV') remember(variables, rest)
    else if (name === 'EXPOSE') facts.port ??= portOf(rest, variables)
    else if (name === 'CMD') facts.command = commandOf(rest)
  }
  return facts
}

interface Instruction {
  name: string
  rest: string
}

function instructions(text: string): Instruction[] {
  const lines = text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
  return lines
    .join('\n')
    .replaceAll(/\\[ \t]*\n/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const [, name, rest] = /^\s*([A-Za-z]+)\s+(.*\S)\s*$/.exec(line) ?? []
      return name === undefined || rest === undefined ? [] : [{ name: name.toUpperCase(), rest }]
    })
}

/** `NAME=value`, several of them, or the old form `NAME value`. */
function remember(variables: Map<string, string>, rest: string): void {
  const pairs = [...rest.matchAll(/([A-Za-z_]\w*)=(?:"([^"]*)"|'([^']*)'|(\S*))/g)]
  for (const [, name = '', ...values] of pairs) variables.set(name, values.find((value) => value !== undefined) ?? '')
  const [, name, value] = /^([A-Za-z_]\w*)\s+([^=]*)$/.exec(rest) ?? []
  if (pairs.length === 0 && name !== undefined && value !== undefined) variables.set(name, value)
}

function portOf(rest: string, variables: ReadonlyMap<string, string>): number | null {
  const plain = rest.replaceAll(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (_, braced?: string, fallback?: string, bare?: string) => {
    return variables.get(braced ?? bare ?? '') ?? fallback ?? ''
  })
  for (const word of plain.split(/\s+/)) {
    const port = Number(/^(\d{1,5})(?:\/tcp)?$/i.exec(word)?.[1] ?? Number.NaN)
    if (port >= 1 && port <= 65535) return port
  }
  return null
}

function commandOf(rest: string): string | null {
  try {
    const words: unknown = JSON.parse(rest)
    const isPlain = (word: unknown): word is string => typeof word === 'string' && /^[\w@%+=:,./-]+$/.test(word)
    return Array.isArray(words) && words.length > 0 && words.every(isPlain) ? words.join(' ') : null
  } catch {
    return null
  }
}
