import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { applyCommand } from './apply.ts'
import { createCommand } from './create.ts'
import { destroyCommand } from './destroy.ts'
import { driftCommand } from './drift.ts'
import { extendCommand } from './extend.ts'
import { listCommand } from './list.ts'
import { logsCommand } from './logs.ts'
import { openCommand } from './open.ts'
import { planCommand } from './plan.ts'
import { showCommand } from './show.ts'
import { syncCommand } from './sync.ts'

export function envCommand(context: Context): Command {
  return new Command('env')
    .description('Create, change, look at and destroy environments')
    .addCommand(createCommand(context))
    .addCommand(planCommand(context))
    .addCommand(applyCommand(context))
    .addCommand(driftCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(openCommand(context))
    .addCommand(logsCommand(context))
    .addCommand(extendCommand(context))
    .addCommand(destroyCommand(context))
    .addCommand(syncCommand(context))
}
