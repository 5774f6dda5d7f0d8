import path from 'node:path'
import { execa } from 'execa'
import { requireTool } from './toolchain.ts'

/** Something an account holds, as AWS's own client lists it. */
export interface Resource {
  /** `ecs:service`, `elb:listener-rule`, `s3:object`, ... */
  type: string
  /** The ARN where there is one. */
  id: string
  tags: Record<string, string>
}

/**
 * Everything the account holds that not every account has, asked through boto3 and not through code of ours.
 * @param environment the `AWS_*` variables of an emulator
 */
export async function census(environment: Record<string, string>): Promise<Resource[]> {
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, ...environment }
  const { stdout } = await execa(requireTool('emulator').python, [path.join(import.meta.dirname, 'census.py')], { env, extendEnv: false })
  return JSON.parse(stdout)
}

/** What is in the second census and not in the first. */
export function added(before: readonly Resource[], after: readonly Resource[]): Resource[] {
  const known = new Set(before.map(({ type, id }) => `${type} ${id}`))
  return after.filter(({ type, id }) => !known.has(`${type} ${id}`))
}

/** What belongs to one environment, by its tag or by any of the forms in which its name stands in names. */
export function resourcesOf(resources: readonly Resource[], project: string, environment: string): Resource[] {
  const underscored = environment.replaceAll('-', '_')
  // not followed by more of a word: calm-otters is another environment
  const named = new RegExp(`${project}([-/]${environment}|_${underscored})(?![a-z0-9])`)
  return resources.filter(({ id, tags }) => tags['devtool:environment'] === environment || named.test(id))
}

/** `type id` lines, for a failed expectation that can be read. */
export function listed(resources: readonly Resource[]): string[] {
  return resources.map(({ type, id }) => `${type} ${id}`)
}
