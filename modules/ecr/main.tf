locals {
  # One rule per prefix: a rule with several takes only images that carry all of them.
  rules = concat(
    [{
      description = "untagged"
      selection = {
        tagStatus   = "untagged"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = var.untagged_days
      }
    }],
    [for prefix in var.temporary_tag_prefixes : {
      description = "temporary: ${prefix}*"
      selection = {
        tagStatus     = "tagged"
        tagPrefixList = [prefix]
        countType     = "sinceImagePushed"
        countUnit     = "days"
        countNumber   = var.temporary_days
      }
    }],
  )
}

resource "aws_ecr_repository" "this" {
  for_each = var.names

  name                 = each.key
  force_delete         = var.force_delete
  image_tag_mutability = "IMMUTABLE"

  encryption_configuration {
    encryption_type = "AES256"
  }

  image_scanning_configuration {
    scan_on_push = true
  }

  tags = { Name = each.key }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = var.names

  repository = aws_ecr_repository.this[each.key].name

  policy = jsonencode({
    rules = [for index, rule in local.rules : {
      rulePriority = index + 1
      description  = rule.description
      selection    = rule.selection
      action       = { type = "expire" }
    }]
  })
}
