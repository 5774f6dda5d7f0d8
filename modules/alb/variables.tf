variable "name" {
  type        = string
  description = "Name of the load balancer, at most 32 characters; other resources use it as prefix."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    error_message = "name must be 1 to 32 lower-case letters, digits and hyphens, without a hyphen at either end and without the prefix internal-."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "IDs of the public subnets, in at least two zones."
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

variable "deletion_protection" {
  type        = bool
  description = "Refuse to delete the load balancer. Acts from state: set it to false in one apply before destroying."
  default     = false
  nullable    = false
}

variable "domain" {
  type        = string
  description = "Domain that the load balancer answers for. With it come certificate, DNS record, HTTPS and the redirect from HTTP; null leaves plain HTTP under the load balancer's own host name."
  default     = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,}$", var.domain))
    error_message = "domain must be a lower-case domain name such as preview.example.com, without a wildcard."
  }
}

variable "idle_timeout" {
  type        = number
  description = "Seconds that a connection may stay silent."
  default     = 60
  nullable    = false

  validation {
    condition     = var.idle_timeout >= 1 && var.idle_timeout <= 4000
    error_message = "idle_timeout must be 1 to 4000 seconds."
  }
}

variable "ingress_cidr_blocks" {
  type        = set(string)
  description = "IPv4 ranges that may reach the load balancer. Only used for the security group that the module creates."
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = alltrue([for block in var.ingress_cidr_blocks : can(cidrnetmask(block))])
    error_message = "ingress_cidr_blocks must be IPv4 ranges such as 0.0.0.0/0."
  }
}

variable "security_group_id" {
  type        = string
  description = "Existing security group to use; null creates one. An environment on a shared platform passes the platform's, which the tasks already trust."
  default     = null
}

variable "ssl_policy" {
  type        = string
  description = "TLS policy of the HTTPS listener."
  default     = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  nullable    = false

  validation {
    condition     = startswith(var.ssl_policy, "ELBSecurityPolicy-TLS13-1-2-") || startswith(var.ssl_policy, "ELBSecurityPolicy-TLS13-1-3-")
    error_message = "ssl_policy must be one of the ELBSecurityPolicy-TLS13-1-2-* or ELBSecurityPolicy-TLS13-1-3-* policies."
  }
}

variable "wildcard" {
  type        = bool
  description = "Certificate and DNS record for *.<domain> instead of <domain>."
  default     = false
  nullable    = false
}

variable "zone_id" {
  type        = string
  description = "ID of the Route 53 zone that holds domain. Required with domain."
  default     = null

  validation {
    condition     = var.domain == null || var.zone_id != null
    error_message = "zone_id must be given when domain is."
  }
}
