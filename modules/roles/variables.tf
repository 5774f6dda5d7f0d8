variable "log_group_arn" {
  type        = string
  description = "Log group that containers may write to, without the trailing :*."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Prefix of the role names, <project>-<environment>."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,47}$", var.name))
    error_message = "name must be 2 to 48 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "secret_arn_patterns" {
  type        = list(string)
  description = "ARN patterns of the secrets that ECS may hand to containers: arn:aws:secretsmanager:<region>:<account>:secret:<project>/*."
  nullable    = false

  validation {
    condition     = length(var.secret_arn_patterns) > 0 && alltrue([for pattern in var.secret_arn_patterns : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*]+", pattern))])
    error_message = "secret_arn_patterns must be ARNs of secrets, with at least one character before any wildcard."
  }
}

variable "execute_command" {
  type        = bool
  description = "Let the task role open the channels that a shell in a container needs (ECS Exec)."
  default     = false
  nullable    = false
}

variable "path" {
  type        = string
  description = "IAM path of both roles; lets other policies speak of all of them at once."
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([a-zA-Z0-9_-]+/)*$", var.path))
    error_message = "path must start and end with a slash."
  }
}

variable "permissions_boundary" {
  type        = string
  description = "ARN of the policy that bounds both roles; null for none."
  default     = null
}

variable "secret_tags" {
  type        = map(string)
  description = "Tags that those secrets must carry to be readable, for example { \"devtool:ephemeral\" = \"true\" }: keeps a pinned environment's secrets out of reach of previews."
  default     = {}
  nullable    = false
}
