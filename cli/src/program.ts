import { Command, CommanderError } from 'commander'
import { bootstrapCommand } from './commands/bootstrap.ts'
import { doctorCommand } from './commands/doctor.ts'
import { envCommand } from './commands/env/index.ts'
import { exportCommand } from './commands/export/index.ts'
import { imagesCommand } from './commands/images/index.ts'
import { initCommand } from './commands/init.ts'
import { superviseCommand } from './commands/supervise.ts'
import type { Context } from './context.ts'
import { CancelledError, exitCodeOf } from './errors.ts'

/** The command tree; a fresh one each time, because commander keeps what it parsed. */
export function buildProgram(context: Context): Command {
  const { terminal } = context.output
  const program = new Command('devtool')
    .description('Every pull request gets its own running environment, in your own AWS account, with nothing to operate.')
    .version(context.version)
    .showSuggestionAfterError()
    .showHelpAfterError('(run the command with --help for its options)')
    .addCommand(initCommand(context))
    .addCommand(doctorCommand(context))
    .addCommand(bootstrapCommand(context))
    .addCommand(envCommand(context))
    .addCommand(imagesCommand(context))
    .addCommand(exportCommand(context))
    .addCommand(superviseCommand(context), { hidden: true })
  const settle = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: terminal.writeResult, writeErr: terminal.write }).configureHelp({ helpWidth: 100 })
    for (const child of command.commands) settle(child)
  }
  settle(program)
  return program
}

/** Parses, runs, reports; the exit code. */
export async function runProgram(context: Context, args: string[]): Promise<number> {
  try {
    await buildProgram(context).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    // commander has already said what is wrong with the arguments, or has printed the help that was asked for
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const failure =
      context.interrupt.aborted && !(error instanceof CancelledError)
        ? new CancelledError(error instanceof Error ? `interrupted: ${error.message}` : 'interrupted', { cause: error })
        : error
    context.output.failure(failure)
    return exitCodeOf(failure)
  }
}
