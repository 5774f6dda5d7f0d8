/** The only ways to fail. Thrown where the fault is known, caught once in `main.ts`. */

interface ErrorOptions {
  /** What to do next: a command to run, or what is allowed. */
  hint?: string
  cause?: unknown
}

/** The world or the input said no. Exit code 1. */
export class UserError extends Error {
  readonly kind: string = 'error'
  readonly exitCode: number = 1
  readonly hint: string | undefined

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.hint = options.hint
  }
}

/** Bad flags, a bad blueprint or any other input that can be mended without asking the world. Exit code 2. */
export class UsageError extends UserError {
  override readonly kind = 'usage'
  override readonly exitCode = 2
}

/** A tool that DevTool drives (Terraform, git, AWS) failed. Exit code 1. */
export class ToolError extends UserError {
  override readonly kind = 'tool'
}

/** Somebody else holds the name, the slot, the lease or the lock. Exit code 1. */
export class ConflictError extends UserError {
  override readonly kind = 'conflict'
}

/** What was asked for does not exist. Exit code 1. */
export class NotFoundError extends UserError {
  override readonly kind = 'not-found'
}

/** Ctrl-C, or a question answered with no. Exit code 130. */
export class CancelledError extends UserError {
  override readonly kind = 'cancelled'
  override readonly exitCode = 130
}

/** What a thrown value means to the caller; anything that is not ours is a bug of ours (70, `EX_SOFTWARE` of sysexits.h). */
export function exitCodeOf(error: unknown): number {
  return error instanceof UserError ? error.exitCode : 70
}
