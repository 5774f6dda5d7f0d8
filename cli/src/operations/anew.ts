import type { EnvironmentRecord } from '../registry/record.ts'

/** How an environment that is gone is made anew. */
export function anewHint({ name, target, pullRequest }: Pick<EnvironmentRecord, 'name' | 'target' | 'pullRequest'>): string {
  if (pullRequest !== null) return `a push to #${pullRequest}, or its label taken off and added again, makes it anew`
  return `devtool env create ${name}${target === 'local' ? ' --target local' : ''} --apply makes it anew`
}
