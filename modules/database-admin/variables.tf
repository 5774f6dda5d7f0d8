variable "admin_secret_arn" {
  type        = string
  description = "Secret {username, password} of the instance's master role: output secret_arn of module rds."
  nullable    = false
}

variable "database_security_group_id" {
  type        = string
  description = "Security group of the instance; the function may connect to it and to HTTPS, nothing else."
  nullable    = false
}

variable "host" {
  type        = string
  description = "Host name of the instance."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the function and of its role, security group and log group, at most 64 characters."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,63}$", var.name))
    error_message = "name must be 2 to 64 lower-case letters, digits and hyphens, and start with a letter."
  }
}

variable "secret_arn_patterns" {
  type        = list(string)
  description = "ARN patterns of the secrets whose databases the function may make: arn:aws:secretsmanager:<region>:<account>:secret:<project>/*."
  nullable    = false

  validation {
    condition     = length(var.secret_arn_patterns) > 0 && alltrue([for pattern in var.secret_arn_patterns : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*]+", pattern))])
    error_message = "secret_arn_patterns must be ARNs of secrets, with at least one character before any wildcard."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets with a way to Secrets Manager (NAT or an interface endpoint)."
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 1
    error_message = "subnet_ids must name at least one subnet."
  }
}

variable "vpc_id" {
  type        = string
  description = "ID of the VPC."
  nullable    = false
}

variable "log_retention_days" {
  type        = number
  description = "Days that the function's logs are kept."
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a retention that CloudWatch Logs knows, for example 7, 30, 90 or 365."
  }
}

variable "port" {
  type        = number
  description = "Port that the instance listens on."
  default     = 5432
  nullable    = false

  validation {
    condition     = var.port >= 1 && var.port <= 65535
    error_message = "port must be 1 to 65535."
  }
}

variable "reserved_concurrency" {
  type        = number
  description = "Most invocations at once; -1 reserves nothing. An account whose whole limit is 10 cannot reserve any."
  default     = -1
  nullable    = false

  validation {
    condition     = var.reserved_concurrency == -1 || var.reserved_concurrency >= 1
    error_message = "reserved_concurrency must be -1 or at least 1."
  }
}

variable "secret_tags" {
  type        = map(string)
  description = "Tags that those secrets must carry to be readable, for example { \"devtool:ephemeral\" = \"true\" }: keeps a pinned environment's secrets out of reach. The master secret is always readable."
  default     = {}
  nullable    = false
}

variable "ssl_mode" {
  type        = string
  description = "PGSSLMODE of the function, whose runtime knows the authorities of RDS."
  default     = "verify-full"
  nullable    = false

  validation {
    condition     = contains(["disable", "require", "verify-ca", "verify-full"], var.ssl_mode)
    error_message = "ssl_mode must be disable, require, verify-ca or verify-full."
  }
}

variable "timeout" {
  type        = number
  description = "Seconds that one invocation may take."
  default     = 60
  nullable    = false

  validation {
    condition     = var.timeout >= 10 && var.timeout <= 900
    error_message = "timeout must be 10 to 900 seconds."
  }
}

variable "zip_path" {
  type        = string
  description = "The function's code; null takes function.zip in this module's folder, which the build puts there."
  default     = null
}
