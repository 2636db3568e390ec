package message

// WaitingToBegin is how many attempts wait while others begin.
func (s *Sender) WaitingToBegin() int {
	waiting, _ := s.begins.batch.State()
	return waiting
}
