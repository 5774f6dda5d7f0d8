/** The forms that are also needed where the schema is not loaded, which takes longer than most commands. */

/** Petnames, names chosen by hand and the names under `environments`. 24 leaves room for `<project>_<name>_owner` in Postgres (63). */
export const environmentNamePattern = /^(?=.{1,24}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/

export const environmentNameAllowed =
  '1 to 24 lower-case letters, digits and single hyphens, starting with a letter and not ending with a hyphen'

/** Up to 90 days, by the number of digits alone, so that the JSON Schema says it too. */
export const durationPattern = /^(?:[1-9]\d{0,3}m|[1-9]\d{0,2}h|(?:[1-9]|[1-8]\d|90)d)$/

export const durationAllowed = 'a whole number and a unit: 1m to 9999m, 1h to 999h or 1d to 90d, such as 72h'

/** Git allows more: characters that cannot be seen. Such a name is kept nowhere. */
export const branchPattern = /^[^\p{C}\s]{1,250}$/u

/** The variable by which services find the one of that name, in every target. */
export function urlVariable(service: string): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_URL`
}
