#pragma once

/// The options that say how to reach a store; shared by all commands.

#include <functional>
#include <string>
#include <vector>

#include "cli/option_table.h"

namespace s3reel::cli {

/// Which stores of an invocation an option acts on.
using StoreSelector = std::function<std::vector<StoreSettings*>(Invocation&)>;

/// --endpoint-url, --region and --addressing for the stores that `stores` names; `whose` goes into
/// the help text ("both stores").
std::vector<OptionSpec> store_options(const StoreSelector& stores, const std::string& whose);

OptionSpec ca_bundle_option(const StoreSelector& stores);

/// --PREFIX-endpoint-url and --PREFIX-region for one of two stores.
std::vector<OptionSpec> one_side_options(
    const StoreSelector& store, const std::string& prefix, const std::string& whose);

/// The limits of the retry loop.
std::vector<OptionSpec> retry_options(const StoreSelector& stores);

}  // namespace s3reel::cli
