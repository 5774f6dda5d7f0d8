import { ToolError } from '../errors.ts'

/** The browser of whoever sits at this machine. */
export interface Browser {
  /** There may be somebody to see it: not in CI, and on Linux only with a display. */
  readonly present: boolean
  /** Returns when the browser was told; whether it shows the page is not known. Throws a `ToolError` where none can be started. */
  open(url: string): Promise<void>
}

type Variables = Readonly<Record<string, string | undefined>>

/** Windows's own Linux has no display and the browser of Windows (`WSL_DISTRO_NAME` is set in each of its shells). */
const DISPLAYS = ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME']

export function isBrowserPresent(variables: Variables, platform: NodeJS.Platform): boolean {
  const isSet = (name: string): boolean => (variables[name] ?? '') !== ''
  if (isSet('CI')) return false
  return platform !== 'linux' || DISPLAYS.some(isSet)
}

export function systemBrowser(variables: Variables): Browser {
  return {
    present: isBrowserPresent(variables, process.platform),
    open: async (url) => {
      const { default: open } = await import('open')
      try {
        await open(url)
      } catch (error) {
        throw new ToolError(`could not start a browser: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
    },
  }
}
