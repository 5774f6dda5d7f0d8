mock_provider "aws" {
  source = "../testing/aws"
}

variables {
  names = ["shop/web", "shop/api"]
}

run "repositories" {
  assert {
    condition     = keys(aws_ecr_repository.this) == ["shop/api", "shop/web"] && keys(output.repository_urls) == ["shop/api", "shop/web"]
    error_message = "one per name"
  }

  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push && one(repository.encryption_configuration).encryption_type == "AES256" && !repository.force_delete])
    error_message = "immutable, scanned, encrypted, kept"
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this["shop/web"].policy).rules[*].rulePriority == [1, 2, 3, 4]
    error_message = "what nobody needs any more expires by itself: untagged images and each temporary prefix [23]"
  }

  assert {
    condition     = [for rule in jsondecode(aws_ecr_lifecycle_policy.this["shop/web"].policy).rules : rule.selection.tagPrefixList if rule.selection.tagStatus == "tagged"] == [["pr-"], ["preview-"], ["cache-"]]
    error_message = "a rule with several prefixes takes only images that carry all of them"
  }
}

run "nothing_temporary" {
  command = plan
  variables { temporary_tag_prefixes = [] }

  assert {
    condition     = length(jsondecode(aws_ecr_lifecycle_policy.this["shop/web"].policy).rules) == 1
    error_message = "only untagged images expire"
  }
}

run "malformed_name" {
  command = plan
  variables { names = ["Shop/web"] }
  expect_failures = [var.names]
}

run "malformed_prefix" {
  command = plan
  variables { temporary_tag_prefixes = ["-pr"] }
  expect_failures = [var.temporary_tag_prefixes]
}

run "no_days" {
  command = plan

  variables {
    temporary_days = 0
    untagged_days  = 0
  }

  expect_failures = [var.temporary_days, var.untagged_days]
}
