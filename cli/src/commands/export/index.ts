import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { composeCommand } from './compose.ts'

export function exportCommand(context: Context): Command {
  return new Command('export').description('Write the blueprint in the form of another tool').addCommand(composeCommand(context))
}
