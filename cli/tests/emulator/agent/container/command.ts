/** What a shell would do something with: such a line is no plain list of words. */
const SHELL = /[|&;<>()$`\\"'*?[\]#~=%!{}\n\r]/

/** The words of a command line without quotes and operators; `undefined` if a shell is needed to read it. */
export function words(line: string): string[] | undefined {
  return SHELL.test(line) ? undefined : line.trim().split(/\s+/)
}

const refusal = (command: string): Error =>
  new Error(`CannotStartContainerError: the emulator runs Node programs only (the emulated network reaches no others), not: ${command}`)

/**
 * The arguments for Node of what the container starts with, after Docker's rules: `command` replaces the image's, and so does `entryPoint`,
 * which the command then follows.
 */
export function nodeArguments(image: { start: string }, spec: { entryPoint?: readonly string[]; command?: readonly string[] }): string[] {
  const { entryPoint = [], command = [] } = spec
  const given = [...entryPoint, ...command]
  const all = given.length > 0 ? given : words(image.start)
  const [program, ...rest] = all ?? []
  if (program === undefined || !isNode(program)) throw refusal(given.length > 0 ? given.join(' ') : image.start)
  return rest
}

function isNode(program: string): boolean {
  return /^(.*\/)?node$/.test(program)
}

/** Programs that a health check likes to use, and that would ask this machine's network instead of the emulated one. */
const FOREIGN = /(^|[\s;&|(/])(curl|wget|nc|ncat|telnet|pg_isready|psql|ping)(\s|$)/

/** The program and its arguments of a container's health check, as in `healthCheck.command`. Throws for what cannot be run. */
export function healthCheck(command: readonly string[], node: string): [program: string, ...args: string[]] {
  const [form, ...rest] = command
  if (form === 'CMD' && rest[0] !== undefined && isNode(rest[0])) return [node, ...rest.slice(1)]
  if (form === 'CMD-SHELL' && rest.length === 1 && !FOREIGN.test(rest[0] ?? '')) return ['/bin/sh', '-c', rest[0] ?? '']
  throw refusal(command.join(' '))
}
