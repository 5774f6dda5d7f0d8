variable "client_security_group_ids" {
  type        = map(string)
  description = "Security groups whose members may connect, by a name for each: { tasks = \"sg-...\", admin = \"sg-...\" }. The names are the resource keys."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Identifier of the instance and prefix of its other resources, at most 58 characters."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 58
    error_message = "name must be at most 58 lower-case letters, digits and single hyphens, start with a letter and not end with a hyphen."
  }
}

variable "password" {
  type        = string
  description = "Master password: ephemeral, only ever in write-only arguments. Letters and digits, since it also stands in a URL."
  sensitive   = true
  ephemeral   = true
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]{16,128}$", var.password))
    error_message = "password must be 16 to 128 letters and digits."
  }
}

variable "protected" {
  type        = bool
  description = "Keep the data safe (true: production) or the environment quick to make and destroy (false: previews). The README lists what follows from it. Acts from state: set it from birth."
  nullable    = false
}

variable "secret_name" {
  type        = string
  description = "Name of the secret with username, password and url, <project>/<environment>/database."
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_+=.@-]{1,500}$", var.secret_name))
    error_message = "secret_name must be 1 to 500 letters, digits and / _ + = . @ -."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets, in at least two zones."
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must name subnets in at least two zones."
  }
}

variable "vpc_id" {
  type        = string
  description = "ID of the VPC."
  nullable    = false
}

variable "database_name" {
  type        = string
  description = "Database that the instance is created with; null leaves only postgres. Changing it replaces the instance."
  default     = null

  validation {
    condition     = var.database_name == null || can(regex("^[a-z][a-z0-9_]{0,62}$", var.database_name))
    error_message = "database_name must be 1 to 63 lower-case letters, digits and underscores, and start with a letter."
  }
}

variable "engine_version" {
  type        = string
  description = "Postgres version: the major, or major.minor. Minor upgrades are automatic within it."
  default     = "17"
  nullable    = false

  validation {
    condition     = can(regex("^(1[5-9]|[2-9][0-9])([.][0-9]+)?$", var.engine_version))
    error_message = "engine_version must be 15 or later, as major or major.minor."
  }
}

variable "instance_class" {
  type        = string
  description = "Instance class."
  default     = "db.t4g.micro"
  nullable    = false

  validation {
    condition     = can(regex("^db[.][a-z0-9-]+[.][a-z0-9]+$", var.instance_class))
    error_message = "instance_class must be a class such as db.t4g.micro."
  }
}

variable "multi_az" {
  type        = bool
  description = "Standby in another zone; null follows protected."
  default     = null
}

variable "password_version" {
  type        = number
  description = "Number of the password. A write-only value has no diff of its own: raise this to write a new one."
  default     = 1
  nullable    = false

  validation {
    condition     = var.password_version >= 1 && floor(var.password_version) == var.password_version
    error_message = "password_version must be a whole number from 1."
  }
}

variable "port" {
  type        = number
  description = "Port that Postgres listens on."
  default     = 5432
  nullable    = false

  validation {
    condition     = var.port >= 1150 && var.port <= 65535
    error_message = "port must be 1150 to 65535."
  }
}

variable "storage" {
  type        = number
  description = "Storage in GiB (gp3). Can grow, never shrink."
  default     = 20
  nullable    = false

  validation {
    condition     = var.storage >= 20 && var.storage <= 65536 && floor(var.storage) == var.storage
    error_message = "storage must be a whole number of GiB from 20 to 65536."
  }
}

variable "username" {
  type        = string
  description = "Name of the master role. Changing it replaces the instance."
  default     = "devtool_admin"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.username)) && !contains(["admin", "postgres", "rdsadmin", "user"], var.username) && !startswith(var.username, "pg_")
    error_message = "username must be 1 to 63 lower-case letters, digits and underscores, start with a letter, and not be reserved (admin, postgres, rdsadmin, user, pg_*)."
  }
}
