package app

import (
	"fmt"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/config"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/endpoint"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
)

// Providers wires the providers: a third one is one more line here. An error is a wrong setting.
func Providers(c config.Providers) (provider.Registry, error) {
	text := c.AllowedProviderHosts
	if text == "" {
		text = endpoint.DefaultHosts
	}
	hosts, err := endpoint.ParseHosts(text, []provider.Type{meta.Type, wasender.Type})
	if err != nil {
		return provider.Registry{}, fmt.Errorf("WA_ALLOWED_PROVIDER_HOSTS (--allowed-provider-hosts): %w", err)
	}
	policy := endpoint.Policy{Hosts: hosts, AllowPrivate: c.AllowPrivateProviders}
	client := guard.New(guard.Options{Endpoints: policy, Now: time.Now})
	registry, err := provider.Register(
		meta.New(meta.Options{Endpoints: policy, DefaultVersion: c.MetaVersion}, client),
		wasender.New(wasender.Options{Endpoints: policy}, client),
	)
	if err != nil {
		// The only part of a spec that an operator chooses and ParseHosts has not judged.
		return registry, fmt.Errorf("WA_META_VERSION (--meta-version): %w", err)
	}
	return registry, nil
}
