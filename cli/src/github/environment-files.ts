import type { Files } from '../system/files.ts'
import type { Random } from '../system/random.ts'

/** What a step hands to GitHub Actions, through the files that it names in variables. Outside of a workflow nothing is written. */
export interface EnvironmentFiles {
  /** Adds Markdown to the summary of the job. */
  summary(markdown: string): Promise<void>
  /** Sets outputs of the step. */
  outputs(values: Record<string, string>): Promise<void>
}

export interface EnvironmentFilesPorts {
  files: Pick<Files, 'append'>
  random: Pick<Random, 'secret'>
  /** `GITHUB_STEP_SUMMARY` and `GITHUB_OUTPUT` are read. */
  variables: Record<string, string | undefined>
}

export function environmentFiles({ files, random, variables }: EnvironmentFilesPorts): EnvironmentFiles {
  const append = async (variable: string, text: string): Promise<void> => {
    const file = variables[variable] ?? ''
    if (file !== '' && text !== '') await files.append(file, text)
  }
  return {
    summary: (markdown) => append('GITHUB_STEP_SUMMARY', `${markdown.trimEnd()}\n\n`),
    outputs: async (values) => append('GITHUB_OUTPUT', Object.entries(values).map(output).join('')),
  }

  /** The delimiter cannot be guessed, so no value can end itself and set another output. */
  function output([name, value]: [string, string]): string {
    if (!/^[A-Za-z_][\w-]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name of an output`)
    const delimiter = `end-${random.secret(16)}`
    return `${name}<<${delimiter}\n${value}\n${delimiter}\n`
  }
}
