package subscription_test

import "context"

// cancellable is the context of a courier.
func (w *world) cancellable() (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithoutCancel(w.Context()))
}
