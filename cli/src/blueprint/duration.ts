/** Up to 90 days, by the number of digits alone, so that the JSON Schema says it too. */
export const durationPattern = /^(?:[1-9]\d{0,3}m|[1-9]\d{0,2}h|(?:[1-9]|[1-8]\d|90)d)$/

export const durationAllowed = 'a whole number and a unit: 1m to 9999m, 1h to 999h or 1d to 90d, such as 72h'
