/** What of a Dockerfile matters where nothing is built: what its image holds and starts. */
export interface Dockerfile {
  /** `CMD`, as a list of words or as the line of its shell form. */
  command: readonly string[] | string | undefined
  entryPoint: readonly string[] | string | undefined
  workingDirectory: string
  environment: Record<string, string>
  /** What is copied from the build folder into any stage; `.` is all of it. */
  copied: readonly string[]
}

/** Reads the instructions of all stages; of `CMD`, `ENV` and `WORKDIR` the last stage's count. */
export function readDockerfile(text: string): Dockerfile {
  let image: Omit<Dockerfile, 'copied'> = blank()
  const copied: string[] = []
  for (const [instruction, rest] of instructions(text)) {
    if (instruction === 'FROM') image = blank()
    else if (instruction === 'CMD') image.command = listOrLine(rest)
    else if (instruction === 'ENTRYPOINT') image.entryPoint = listOrLine(rest)
    else if (instruction === 'WORKDIR') image.workingDirectory = rest
    else if (instruction === 'ENV') Object.assign(image.environment, variables(rest))
    else if (instruction === 'COPY') copied.push(...sources(rest))
    else if (instruction === 'ADD') throw new Error('could not read the Dockerfile: the emulator does not know ADD, use COPY')
  }
  return { ...image, copied }
}

const blank = (): Omit<Dockerfile, 'copied'> => ({ command: undefined, entryPoint: undefined, workingDirectory: '/', environment: {} })

function instructions(text: string): [instruction: string, rest: string][] {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*#/.test(line))
  const joined = lines.join('\n').replaceAll(/\\\n/g, '')
  return joined.split('\n').flatMap((line): [string, string][] => {
    const [, instruction, rest] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? []
    return instruction === undefined ? [] : [[instruction.toUpperCase(), rest ?? '']]
  })
}

function listOrLine(text: string): readonly string[] | string {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : text
  } catch {
    return text
  }
}

function variables(text: string): Record<string, string> {
  if (!/^[^\s=]+=/.test(text)) {
    const [name = '', ...value] = text.split(/\s+/)
    return { [name]: value.join(' ') }
  }
  const pairs = [...text.matchAll(/([^\s=]+)=("(?:\\.|[^"\\])*"|(?:\\.|\S)*)/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value.replaceAll(/^"|"$/g, '').replaceAll(/\\(.)/g, '$1')]))
}

/** The sources of a COPY from the build folder, without `./` in front and `/` behind. */
function sources(text: string): string[] {
  if (text.startsWith('[')) throw new Error('could not read the Dockerfile: the emulator does not know COPY with a list')
  const list = text.split(/\s+/)
  if (list.some((word) => word.startsWith('--from='))) return []
  const paths = list.filter((word) => !word.startsWith('--')).slice(0, -1)
  return paths.map((word) => word.replace(/^(\.?\/)+/, '').replace(/\/+$/, '') || '.')
}
