import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { buildCommand } from './build.ts'

export function imagesCommand(context: Context): Command {
  return new Command('images').description('Build and push the images that environments run').addCommand(buildCommand(context))
}
