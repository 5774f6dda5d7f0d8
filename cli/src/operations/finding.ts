/** One line of `devtool doctor`. */
export interface Finding {
  check: string
  ok: boolean
  /** What was found. */
  detail: string
  /** The command that mends it; `null` when there is nothing to mend. Beside `ok` it is a warning. */
  fix: string | null
}
