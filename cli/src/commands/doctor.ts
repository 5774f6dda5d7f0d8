import { Command } from 'commander'
import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import { examine } from '../operations/examine.ts'
import type { Finding } from '../operations/finding.ts'

export function doctorCommand(context: Context): Command {
  return new Command('doctor')
    .description('Say what is missing on this machine and in this account, and the command that mends it')
    .option('--json', 'print one JSON array')
    .action(() => doctor(context))
}

export async function doctor(context: Context): Promise<void> {
  const findings: Finding[] = await examine(context)
  context.output.result(findings, render)
  const failing = findings.filter((finding) => !finding.ok)
  if (failing.length > 0) {
    throw new UserError(`${failing.length} of ${findings.length} checks failed: ${failing.map((finding) => finding.check).join(', ')}`, {
      hint: failing[0]?.fix ?? 'devtool doctor',
    })
  }
}

function render(findings: Finding[]): string {
  const width = Math.max(...findings.map((finding) => finding.check.length))
  return findings
    .map((finding) => {
      const mark = finding.ok ? (finding.fix === null ? '✓' : '!') : '✗'
      const line = `${mark} ${finding.check.padEnd(width)}  ${finding.detail}`
      return finding.fix === null ? line : `${line}\n  ${' '.repeat(width)}  → ${finding.fix}`
    })
    .join('\n')
}
