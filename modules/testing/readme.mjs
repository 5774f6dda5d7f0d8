// Writes the tables of inputs and outputs into each module's README from its variables.tf and outputs.tf.
//   node modules/testing/readme.mjs            write
//   node modules/testing/readme.mjs --check    exit 1 and name the files that are out of date
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const begin = '<!-- BEGIN_TF_DOCS -->'
const end = '<!-- END_TF_DOCS -->'
const root = join(import.meta.dirname, '..')

/** Blocks of one kind in a formatted file: they begin and end at the start of a line. */
function blocks(text, kind) {
  return [...text.matchAll(new RegExp(`^${kind} "([^"]+)" \\{\\n(.*?)^\\}`, 'gms'))].map(([, name, body]) => ({ name, body }))
}

/** An attribute's expression on one line, following brackets across lines. */
function attribute(body, name) {
  const lines = body.split('\n')
  const start = lines.findIndex((line) => new RegExp(`^  ${name} +=`).test(line))
  if (start < 0) return null
  const parts = [lines[start].replace(/^ +\w+ += /, '')]
  const depth = (text) => (text.match(/[[({]/g) ?? []).length - (text.match(/[\])}]/g) ?? []).length
  if (parts[0].startsWith('"')) return parts[0]
  for (let open = depth(parts[0]), index = start + 1; open > 0; index++) {
    parts.push(lines[index].trim().replace(/ +=/, ' ='))
    open += depth(lines[index])
  }
  return parts
    .join(' ')
    .replace(/([[({]) /g, '$1')
    .replace(/ ([\])}])/g, '$1')
    .replace(/(\w|\)|") (?=\w+ = )/g, '$1, ')
}

const unquote = (text) => (text ?? '""').slice(1, -1).replaceAll('\\"', '"')
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
const code = (text) => `\`${text.replaceAll('|', '\\|')}\``

function tables(folder) {
  const inputs = blocks(readFileSync(join(folder, 'variables.tf'), 'utf8'), 'variable').map(({ name, body }) => {
    const fallback = attribute(body, 'default')
    return `| ${name} | ${cell(unquote(attribute(body, 'description')))} | ${code(attribute(body, 'type'))} | ${fallback === null ? 'required' : code(fallback)} |`
  })
  const outputs = blocks(readFileSync(join(folder, 'outputs.tf'), 'utf8'), 'output').map(
    ({ name, body }) => `| ${name} | ${cell(unquote(attribute(body, 'description')))} |`,
  )
  return [
    begin,
    '## Inputs\n',
    '| name | description | type | default |',
    '| --- | --- | --- | --- |',
    ...inputs,
    '\n## Outputs\n',
    '| name | description |',
    '| --- | --- |',
    ...outputs,
    end,
  ].join('\n')
}

const stale = readdirSync(root)
  .map((name) => join(root, name))
  .filter((folder) => existsSync(join(folder, 'variables.tf')))
  .filter((folder) => {
    const file = join(folder, 'README.md')
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const head = text.includes(begin) ? text.slice(0, text.indexOf(begin)) : `${text.trimEnd()}\n\n`
    const wanted = `${head}${tables(folder)}\n`
    if (wanted === text) return false
    if (!process.argv.includes('--check')) writeFileSync(file, wanted)
    return true
  })

for (const folder of stale) process.stderr.write(`modules/${relative(root, folder)}/README.md\n`)
if (process.argv.includes('--check') && stale.length > 0) process.exitCode = 1
