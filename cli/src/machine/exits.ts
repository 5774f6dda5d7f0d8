import { constants } from 'node:os'
import { printable } from '../output.ts'
import type { Exit } from '../system/spawn.ts'

/** The shell's own words for a program that is not there, or may not be executed (POSIX, Shell Command Language, 2.8.2). */
const NOT_FOUND = 127
const NOT_EXECUTABLE = 126

/** How a command line ended, in words. */
export function describeExit(exit: Exit, command: string): string {
  if (exit.code === NOT_FOUND) return `command not found: ${printable(command)}`
  if (exit.code === NOT_EXECUTABLE) return `permission denied: ${printable(command)}`
  if (exit.code === null) return `was ended by ${exit.signal ?? 'a signal'}`
  const signal = Object.entries(constants.signals).find(([, number]) => exit.code === 128 + number)?.[0]
  return `ended with exit code ${exit.code}${signal === undefined ? '' : ` (${signal})`}`
}

/** Nothing that another try would change. */
export const isHopeless = (exit: Exit): boolean => exit.code === NOT_FOUND || exit.code === NOT_EXECUTABLE
