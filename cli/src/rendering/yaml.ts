import { pinned } from './pins.ts'

/** Nothing that a workflow is rendered from starts an expression of GitHub's. */
function refuseExpression(text: string): void {
  if (text.includes('${{')) throw new TypeError(`could not write ${JSON.stringify(text)} into a workflow: it holds an expression`)
}

/** A text as a quoted YAML scalar: what JSON quotes YAML 1.2 reads the same, but for characters that it does not allow as they are. */
export function yamlText(text: string): string {
  refuseExpression(text)
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}

/** A text as a literal inside an expression of GitHub's, which knows one escape: a quote is written twice. */
export function literal(text: string): string {
  refuseExpression(text)
  if (/[\p{Cc}\u2028\u2029]|\}\}/u.test(text)) throw new TypeError(`could not write ${JSON.stringify(text)} into an expression`)
  return `'${text.replaceAll("'", "''")}'`
}

/** A word, a path or a command that means itself in YAML and to a shell: anything else throws. */
export function plain(text: string): string {
  if (!/^[A-Za-z0-9._/@-]+( [A-Za-z0-9._/@-]+)*$/.test(text)) throw new TypeError(`could not write ${JSON.stringify(text)} without quotes`)
  return text
}

/** What the templates of workflows may write values with. */
export const workflowHelpers = { yaml: yamlText, literal, plain, action: pinned }
