/** What the generator reads of a commander `Command`; structural, so that any version and any stand-in fits. */
export interface CommandNode {
  name(): string
  description(): string
  usage(): string
  commands: readonly CommandNode[]
  /** Commander's own mark of a command that its help leaves out. */
  _hidden?: boolean
  registeredArguments: readonly ArgumentNode[]
  options: readonly OptionNode[]
  /** Commander keeps the texts of `addHelpText` as listeners of its help events. */
  emit?(event: string, context: { error: boolean; command: CommandNode; write(text: string): void }): boolean
}

interface ArgumentNode {
  name(): string
  description: string
  required: boolean
  variadic: boolean
  defaultValue?: unknown
  argChoices?: readonly string[] | undefined
}

interface OptionNode {
  flags: string
  description: string
  hidden?: boolean
  mandatory?: boolean
  defaultValue?: unknown
  defaultValueDescription?: string | undefined
  argChoices?: readonly string[] | undefined
}

/** The text of `docs/commands.md`: every command of the tree, with arguments, options and what its help adds, such as examples. */
export function renderCommands(program: CommandNode): string {
  const leaves = flatten(program, [])
  return [
    '# Commands',
    '<!-- Generated from the commander tree by scripts/docs. Do not edit. -->',
    ...(program.description() === '' ? [] : [prose(program.description())]),
    leaves.map(({ path, command }) => `- [\`${path}\`](#${anchor(path)}): ${prose(command.description())}`).join('\n'),
    ...renderOptions('Options of every command', program.options),
    ...leaves.flatMap(({ path, command }) => renderCommand(path, command)),
  ]
    .join('\n\n')
    .concat('\n')
}

interface Leaf {
  path: string
  command: CommandNode
}

function flatten(command: CommandNode, parents: readonly string[]): Leaf[] {
  const names = [...parents, command.name()]
  return command.commands.flatMap((child) => {
    if (child.name() === 'help' || child._hidden === true) return []
    const path = [...names, child.name()].join(' ')
    return child.commands.length === 0 ? [{ path, command: child }] : flatten(child, names)
  })
}

function renderCommand(path: string, command: CommandNode): string[] {
  const extra = helpText(command)
  return [
    `## ${path}`,
    prose(command.description()),
    `\`\`\`\n${`${path} ${command.usage()}`.trim()}\n\`\`\``,
    ...renderArguments(command.registeredArguments),
    ...renderOptions('Options', command.options),
    ...(extra === '' ? [] : [`\`\`\`\n${extra}\n\`\`\``]),
  ].filter((part) => part !== '')
}

function renderArguments(list: readonly ArgumentNode[]): string[] {
  if (list.length === 0) return []
  const rows = list.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return row([`\`${argument.required ? `<${name}>` : `[${name}]`}\``, describe(prose(argument.description), argument)])
  })
  return [['| Argument | Meaning |', '| --- | --- |', ...rows].join('\n')]
}

function renderOptions(title: string, list: readonly OptionNode[]): string[] {
  const rows = list
    .filter((option) => option.hidden !== true)
    .map((option) => row([`\`${option.flags}\``, describe(prose(option.description), option)]))
  return rows.length === 0 ? [] : [[`| ${title} | Meaning |`, '| --- | --- |', ...rows].join('\n')]
}

function describe(
  description: string,
  node: Pick<OptionNode, 'mandatory' | 'argChoices' | 'defaultValue' | 'defaultValueDescription'>,
): string {
  const fallback = node.defaultValueDescription ?? (isShown(node.defaultValue) ? JSON.stringify(node.defaultValue) : undefined)
  const notes = [
    node.mandatory === true ? 'required' : undefined,
    node.argChoices === undefined ? undefined : `one of ${node.argChoices.join(', ')}`,
    fallback === undefined ? undefined : `default ${fallback}`,
  ].filter((note) => note !== undefined)
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`.trim()
}

/** Absent, off and empty are what a reader expects of an option that is not given. */
function isShown(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
}

function helpText(command: CommandNode): string {
  const parts: string[] = []
  command.emit?.('afterHelp', { error: false, command, write: (text) => void parts.push(text) })
  return parts.join('').trim()
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')).join(' | ')} |`
}

/** Text outside of code, where Markdown takes `<name>` for a tag and drops it. */
function prose(text: string): string {
  return text.replaceAll('<', '&lt;')
}

/** As GitHub makes it from a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}
